// Options of the demo page.
import type { JsonSchema } from 'livego';

export const schema: JsonSchema = { type: 'object', level: 'server', properties: {} };
