// GET /crossdomain.xml: Flash players ask for it before they load a playlist from another host, as they always have.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { corsHeaders, type AllowOrigin } from '../../core/http/cors.ts';

/** Answers with the origins of `allowOrigin`, in the form of Adobe's cross-domain policy file. */
export function replyCrossDomain(
  request: IncomingMessage,
  response: ServerResponse,
  allowOrigin: AllowOrigin,
): void {
  const origins = typeof allowOrigin === 'string' ? [allowOrigin] : allowOrigin;
  const domains = origins
    .filter((origin) => origin !== '')
    .map((origin) => origin.replace(/^[a-z]+:\/\//i, ''));
  const lines = domains.map((domain) => `  <allow-access-from domain="${escapeXml(domain)}"/>`);
  const body = Buffer.from(
    ['<?xml version="1.0"?>', '<cross-domain-policy>', ...lines, '</cross-domain-policy>', ''].join('\n'),
  );
  response.writeHead(200, {
    ...corsHeaders(request, allowOrigin),
    'content-type': 'text/x-cross-domain-policy',
    'content-length': body.length,
    'cache-control': 'public, max-age=3600',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
