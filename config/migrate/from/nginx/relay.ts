// Relays of nginx-rtmp-module: `push rtmp://cdn/app;`, `pull rtmp://origin/app/door name=door static;`
import { addOnDemand } from '../../draft.ts';
import type { Directive } from '../../read/read-blocks.ts';
import { leaveOutDirective, type DirectivePlace } from '../directives.ts';

/** Words that a relay is introduced with, and the like: no stream is another one without them. */
const OPTIONS = /^(?:name|app|playpath|static)$/;

export function pushOrPull(directive: Directive, { draft, section }: DirectivePlace): void {
  const [url = '', ...options] = directive.args;
  const given = new Map(
    options.map((option) => [option.split('=', 1)[0]?.toLowerCase() ?? '', option.replace(/^[^=]*=?/, '')]),
  );
  const address = remoteAddress(url, given);
  const name = given.get('name');
  const { comments } = directive;
  if (directive.name === 'push')
    section.add('relay.push', name === undefined ? address : { url: address, name }, comments);
  else if (name === undefined) addOnDemand(section, address, comments);
  else {
    section.add('relay.pull', { url: withName(address, name), name }, comments);
    if (!isStatic(given))
      leaveOutDirective(
        { ...directive, args: [`name=${name}`] },
        { draft, section },
        'it is fetched all the time here; onDemand fetches every stream for its first viewer',
      );
  }
  const strange = [...given.keys()].filter((option) => !OPTIONS.test(option));
  if (strange.length > 0)
    draft.note(directive.line, `${directive.name} ${strange.join(' ')}`, 'relays have no such options');
}

function isStatic(given: ReadonlyMap<string, string>): boolean {
  return given.has('static') && given.get('static') !== '0';
}

/** The application and the name at the other end: of the options, else of the address, else those of the stream. */
function remoteAddress(url: string, given: ReadonlyMap<string, string>): string {
  const [, authority = '', path = ''] = /^(?:rtmp:\/\/)?([^/]*)\/?(.*)$/i.exec(url) ?? [];
  const [first = '', ...rest] = path.split('/');
  const app = given.get('app') ?? first;
  const name = given.get('playpath') ?? rest.join('/');
  if (app === '' && name === '') return `rtmp://${authority}/{app}/{name}`;
  return `rtmp://${authority}/${app === '' ? '{app}' : app}${name === '' ? '' : `/${name}`}`;
}

/** An address of an application alone gets the name. */
function withName(address: string, name: string): string {
  return /^rtmp:\/\/[^/]*\/[^/]*$/.test(address) ? `${address}/${name}` : address.replace('{name}', name);
}
