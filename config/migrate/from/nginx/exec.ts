// Programs that nginx-rtmp-module runs: at moments of a stream's life, or as long as it lives.
import type { Directive } from '../../read/read-blocks.ts';
import {
  dropDirective,
  leaveOutDirective,
  type DirectivePlace,
  type DirectiveRule,
  type DirectiveRules,
} from '../directives.ts';

/** Moments that both have, and the key for a command here. */
const MOMENTS: Readonly<Record<string, string>> = {
  exec_publish: 'exec_push',
  exec_publish_done: 'exec_push_done',
  exec_play: 'exec_play',
  exec_play_done: 'exec_play_done',
  exec_record_done: 'exec_record_done',
};

/** Variables of nginx, and the variable of the environment here. */
const VARIABLES: Readonly<Record<string, string>> = {
  app: 'LIVEGO_APP',
  name: 'LIVEGO_NAME',
  path: 'LIVEGO_FILE',
};

const LASTING =
  'a program that runs as long as the stream is the engine here: engine: { profile: "command", command }, which gets ' +
  'the stream on its standard input (docs/plugins/engine.md)';

/** Without arguments: addresses in them may hold stream keys. */
function leaveOutProgram(reason: string): DirectiveRule {
  return (directive, place) =>
    leaveOutDirective({ ...directive, args: directive.args.slice(0, 1) }, place, reason);
}

export const programRules: DirectiveRules = {
  ...Object.fromEntries(Object.keys(MOMENTS).map((name) => [name, atMoment])),
  exec: leaveOutProgram(LASTING),
  exec_push: leaveOutProgram(LASTING),
  exec_pull: leaveOutProgram(
    'streams are fetched with relay: { onDemand }; for other sources let ffmpeg publish',
  ),
  exec_static: leaveOutProgram('let a service manager run it'),
  exec_options: dropDirective('arguments have no options here'),
  exec_kill_signal: dropDirective('a command that takes longer than exec: { timeoutSeconds } is killed'),
  respawn: dropDirective('an engine is started again always'),
  respawn_timeout: dropDirective('an engine is started again after 1 s, 2 s, 4 s and so on'),
};

/** `exec_publish_done /opt/done.sh $name;`: no shell runs commands here, so one is written where arguments need variables. */
function atMoment(directive: Directive, place: DirectivePlace): void {
  const { name, args, comments } = directive;
  const strange = args.flatMap(variablesOf).filter((each) => !Object.hasOwn(VARIABLES, each));
  if (args.length === 0) return leaveOutDirective(directive, place, 'it names no program');
  if (strange.length > 0)
    return leaveOutProgram(`there is no $${strange[0]} here; docs/plugins/exec.md has the variables`)(
      directive,
      place,
    );
  const redirects = args.some((each) => /^\d?[<>]/.test(each));
  if (redirects)
    return leaveOutProgram('output is not redirected here; write ["sh", "-c", "…"]')(directive, place);
  const plain = args.every((each) => variablesOf(each).length === 0);
  const command = plain ? args : ['sh', '-c', `exec ${args.map(quote).join(' ')}`];
  place.section.add(MOMENTS[name] ?? name, command, comments);
}

function variablesOf(argument: string): string[] {
  return [...argument.matchAll(VARIABLE)].map(([, braced, bare]) => braced ?? bare ?? '');
}

const VARIABLE = /\$\{(\w+)\}|\$(\w+)/g;

/** An argument for a shell, with the variables of the environment that stand for those of nginx. */
function quote(argument: string): string {
  let at = 0;
  let quoted = '';
  for (const match of argument.matchAll(VARIABLE)) {
    quoted += `${literal(argument.slice(at, match.index))}$${VARIABLES[match[1] ?? match[2] ?? ''] ?? ''}`;
    at = match.index + match[0].length;
    // The next letter would be one of the variable's name.
    if (/\w/.test(argument[at] ?? '')) quoted += '""';
  }
  return `"${quoted}${literal(argument.slice(at))}"`;
}

/** "${" would be a variable of the config. */
function literal(text: string): string {
  return text.replaceAll(/[\\"$`]/g, '\\$&').replaceAll('${', '$""{');
}
