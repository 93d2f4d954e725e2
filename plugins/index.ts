// The built-in plugins, in the order their gates are asked: the whole server on one screen.
//
// Each has a folder here. It imports the entry points of `livego`, packages and its own files, as a custom plugin does.
import type { PluginDefinition } from 'livego';
import api from './api/index.ts';
import auth from './auth/index.ts';
import demo from './demo/index.ts';
import engine from './engine/index.ts';
import exec from './exec/index.ts';
import hls from './hls/index.ts';
import httpflv from './httpflv/index.ts';
import notify from './notify/index.ts';
import record from './record-flv/index.ts';
import relay from './relay/index.ts';
import replay from './replay/index.ts';
import rtmp from './rtmp/index.ts';
import stat from './stat/index.ts';

export const BUILTIN_PLUGINS: readonly PluginDefinition[] = [
  api,
  auth,
  notify,
  rtmp,
  httpflv,
  hls,
  relay,
  demo,
  stat,
  exec,
  replay,
  // Instances stop in reverse order, and these finish files then, which others tell or serve.
  record,
  engine,
];
