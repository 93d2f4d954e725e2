// The built-in plugins, in the order their gates are asked: the whole server on one screen.
//
// Each has a folder here. It imports the entry points of `livego`, packages and its own files, as a custom plugin does.
import type { PluginDefinition } from 'livego';
import auth from './auth/index.ts';
import demo from './demo/index.ts';
import hls from './hls/index.ts';
import notify from './notify/index.ts';
import httpflv from './httpflv/index.ts';
import relay from './relay/index.ts';
import rtmp from './rtmp/index.ts';

export const BUILTIN_PLUGINS: readonly PluginDefinition[] = [auth, notify, rtmp, httpflv, hls, relay, demo];
