// `livego schema`: prints the JSON Schema of the config.
import { buildConfigSchema } from '../config/reference/json-schema.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import type { CliIo } from './io.ts';

export function printSchema(io: CliIo): void {
  io.out(`${JSON.stringify(buildConfigSchema(io.builtins ?? BUILTIN_PLUGINS), null, 2)}\n`);
}
