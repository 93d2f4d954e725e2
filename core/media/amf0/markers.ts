// Type markers of AMF 0 (AMF 0 specification, clause 2.1).
export const NUMBER = 0x00;
export const BOOLEAN = 0x01;
export const STRING = 0x02;
export const OBJECT = 0x03;
export const NULL = 0x05;
export const UNDEFINED = 0x06;
export const REFERENCE = 0x07;
export const ECMA_ARRAY = 0x08;
export const OBJECT_END = 0x09;
export const STRICT_ARRAY = 0x0a;
export const DATE = 0x0b;
export const LONG_STRING = 0x0c;
export const UNSUPPORTED = 0x0d;
export const XML_DOCUMENT = 0x0f;
export const TYPED_OBJECT = 0x10;
export const AVMPLUS = 0x11;
