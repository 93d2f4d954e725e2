// The values of AMF 0 and AMF 3, in one model for both.

/**
 * Any AMF value. A strict array is a JavaScript array, an anonymous object a plain object, a date a `Date`; the other
 * types are classes below. Parsed values may share parts or contain themselves.
 */
export type AmfValue =
  | number
  | string
  | boolean
  | null
  | undefined
  | Date
  | readonly AmfValue[]
  | AmfObject
  | AmfEcmaArray
  | AmfTypedObject
  | AmfXml
  | AmfByteArray
  | AmfVector
  | AmfDictionary
  | AmfExternalizable;

/** Named values. Parsed ones have no prototype, so a key such as `__proto__` or `constructor` is a key like any other. */
export interface AmfObject {
  [key: string]: AmfValue;
}

export function createAmfObject(): AmfObject {
  return Object.create(null) as AmfObject;
}

/** Whether the value is an anonymous object: neither an array nor a date nor one of the classes below. */
export function isAmfObject(value: AmfValue): value is AmfObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof AmfNamedClass)
  );
}

/**
 * The named properties of an object, an ECMA array or a typed object; undefined for everything else. Encoders choose
 * freely between the three (onMetaData is an ECMA array from ffmpeg, an object from others).
 */
export function amfProperties(value: AmfValue): AmfObject | undefined {
  if (value instanceof AmfEcmaArray || value instanceof AmfTypedObject) return value.properties;
  return isAmfObject(value) ? value : undefined;
}

/** Common ancestor, so that one test tells plain objects apart. */
abstract class AmfNamedClass {
  abstract readonly amfType: string;
}

/** An array with named entries (AMF 0 clause 2.10; in AMF 3 an array with an associative part, clause 3.11). */
export class AmfEcmaArray extends AmfNamedClass {
  readonly amfType = 'ecma-array';
  readonly properties: AmfObject;

  constructor(properties: AmfObject = createAmfObject()) {
    super();
    this.properties = properties;
  }
}

/** An object of a named class (AMF 0 clause 2.18, AMF 3 clause 3.12). */
export class AmfTypedObject extends AmfNamedClass {
  readonly amfType = 'typed-object';
  readonly className: string;
  readonly properties: AmfObject;

  constructor(className: string, properties: AmfObject = createAmfObject()) {
    super();
    this.className = className;
    this.properties = properties;
  }
}

/** XML text. `document` is the legacy XMLDocument of both versions, `e4x` the XML type of AMF 3 (clauses 3.9, 3.13). */
export class AmfXml extends AmfNamedClass {
  readonly amfType = 'xml';
  readonly text: string;
  readonly flavour: 'document' | 'e4x';

  constructor(text: string, flavour: 'document' | 'e4x' = 'document') {
    super();
    this.text = text;
    this.flavour = flavour;
  }
}

/** Raw bytes (AMF 3 clause 3.14). */
export class AmfByteArray extends AmfNamedClass {
  readonly amfType = 'byte-array';
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    super();
    this.bytes = bytes;
  }
}

export type AmfVectorKind = 'int' | 'uint' | 'double' | 'object';

/** A dense array of one type (AMF 3 clause 3.15). `typeName` applies to objects only; "" is any type. */
export class AmfVector extends AmfNamedClass {
  readonly amfType = 'vector';
  readonly kind: AmfVectorKind;
  readonly items: AmfValue[];
  readonly fixed: boolean;
  readonly typeName: string;

  constructor(kind: AmfVectorKind, items: AmfValue[], options: { fixed?: boolean; typeName?: string } = {}) {
    super();
    this.kind = kind;
    this.items = items;
    this.fixed = options.fixed ?? false;
    this.typeName = options.typeName ?? '';
  }
}

/** A map with keys of any type (AMF 3 clause 3.16), in the order of the wire. */
export class AmfDictionary extends AmfNamedClass {
  readonly amfType = 'dictionary';
  readonly entries: [key: AmfValue, value: AmfValue][];
  readonly weakKeys: boolean;

  constructor(entries: [AmfValue, AmfValue][] = [], options: { weakKeys?: boolean } = {}) {
    super();
    this.entries = entries;
    this.weakKeys = options.weakKeys ?? false;
  }
}

/** An externalizable object that wraps one value, as Flex's ArrayCollection and ObjectProxy do. */
export class AmfExternalizable extends AmfNamedClass {
  readonly amfType = 'externalizable';
  readonly className: string;
  /** Not readonly: the object has its place in the reference table before its value is known. */
  value: AmfValue;

  constructor(className: string, value: AmfValue) {
    super();
    this.className = className;
    this.value = value;
  }
}
