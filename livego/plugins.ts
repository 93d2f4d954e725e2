// `livego/plugins`: the built-in plugins, for programs that run a server of their own.
export { BUILTIN_PLUGINS } from '../plugins/index.ts';
