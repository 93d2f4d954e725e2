// The built-in plugins, in the order their gates are asked: the whole server on one screen.
import type { PluginDefinition } from '../core/plugin/plugin.ts';
import hls from './hls/index.ts';
import httpflv from './httpflv/index.ts';
import rtmp from './rtmp/index.ts';

export const BUILTIN_PLUGINS: readonly PluginDefinition[] = [rtmp, httpflv, hls];
