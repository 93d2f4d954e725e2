// The rest of an FLV file from a keyframe on, behind a head of its own.
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Rest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Closed when everything is sent. */
  readonly handle: FileHandle;
  readonly head: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Answers true: the file is read on, as fast as the client takes it. */
export function sendFrom({ request, response, handle, head, from, to }: Rest): boolean {
  response.writeHead(200, {
    'content-type': 'video/x-flv',
    'content-length': head.length + to - from,
    'cache-control': 'private, max-age=3600',
  });
  if (request.method === 'HEAD') {
    response.end();
    return false;
  }
  response.write(head);
  const file = handle.createReadStream({ start: from, end: to - 1 });
  file.once('error', () => response.destroy());
  response.once('close', () => file.destroy());
  file.pipe(response);
  return true;
}
