// A measuring stick and no server: `node:http` answers every request with the same bytes.
//
//   node bare.mjs PORT FILE      FILE is JSON: { headers: [name, value, …], body: base64 }
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, file] = process.argv.slice(2);
const { headers, body } = JSON.parse(readFileSync(file, 'utf8'));
const bytes = Buffer.from(body, 'base64');
// Node writes a text together with the headers, which is the cheapest that it can do.
const small = bytes.length <= 16_384 && bytes.every((byte) => byte < 0x80);
const content = small ? bytes.toString('latin1') : bytes;

createServer((_, response) => {
  response.writeHead(200, headers);
  response.end(content);
}).listen(Number(port), '127.0.0.1');
