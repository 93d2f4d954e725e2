// Type markers of AMF 3 (AMF 3 specification, clause 3.1) and the limits of its integers.
export const UNDEFINED = 0x00;
export const NULL = 0x01;
export const FALSE = 0x02;
export const TRUE = 0x03;
export const INTEGER = 0x04;
export const DOUBLE = 0x05;
export const STRING = 0x06;
export const XML_DOCUMENT = 0x07;
export const DATE = 0x08;
export const ARRAY = 0x09;
export const OBJECT = 0x0a;
export const XML = 0x0b;
export const BYTE_ARRAY = 0x0c;
export const VECTOR_INT = 0x0d;
export const VECTOR_UINT = 0x0e;
export const VECTOR_DOUBLE = 0x0f;
export const VECTOR_OBJECT = 0x10;
export const DICTIONARY = 0x11;

/** Largest and smallest number with the integer type: 29 bits, signed (clause 3.6). */
export const MAX_INTEGER = 0x0fffffff;
export const MIN_INTEGER = -0x10000000;
/** Largest unsigned value of a U29 (clause 1.3.1). */
export const MAX_U29 = 0x1fffffff;
