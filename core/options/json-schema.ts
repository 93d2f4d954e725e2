// The type of a JSON Schema, as options and commands are described with it.

/** A JSON Schema (draft 07) object, as Ajv reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>;
