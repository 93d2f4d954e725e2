// Options of HTTP-FLV.
import { addressSchema, tlsSchema, type AddressOption, type JsonSchema, type TlsOptions } from 'livego';
import { ALLOW_ORIGIN_SCHEMA, type AllowOrigin } from 'livego/http';

export interface HttpFlvOptions {
  readonly port: AddressOption;
  readonly tls: TlsOptions;
  readonly allowOrigin: AllowOrigin;
}

export const schema: JsonSchema = {
  type: 'object',
  properties: {
    port: addressSchema(8011, 'Address of http://HOST:PORT/APP/NAME.flv and ws://HOST:PORT/APP/NAME.flv.'),
    tls: tlsSchema('Address of https:// and wss://, beside the plain one; 0 switches it off.'),
    allowOrigin: ALLOW_ORIGIN_SCHEMA,
  },
};
