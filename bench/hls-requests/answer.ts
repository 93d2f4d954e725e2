// What livego answers to a request, so that others can give the same bytes.

import { connect } from 'node:net';

export interface Answer {
  /** Without those that each server adds by itself. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const OF_THE_SERVER = new Set(['date', 'connection', 'keep-alive']);

/** A request as players send it. */
export function buildRequest(path: string, port: number, more: readonly string[] = []): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'User-Agent: bench',
    'Accept: */*',
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Rejects unless the answer is 200. */
export async function fetchAnswer(port: number, request: string): Promise<Answer> {
  const bytes = await exchange(port, request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const end = bytes.indexOf('\r\n\r\n');
  const [status = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  if (!status.startsWith('HTTP/1.1 200 ')) throw new Error(`${request.split('\r\n', 1)[0]}: ${status}`);
  const headers = lines
    .map(
      (line) =>
        [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
    )
    .filter(([name]) => !OF_THE_SERVER.has(name));
  return { headers, body: bytes.subarray(end + 4) };
}

function exchange(port: number, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => void socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', () => resolve(Buffer.concat(chunks)));
    socket.once('error', reject);
  });
}
