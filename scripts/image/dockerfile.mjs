// A Dockerfile as a list of stages. It knows the instructions that ours uses, and rejects others.
const KNOWN = [
  'ARG',
  'FROM',
  'WORKDIR',
  'COPY',
  'RUN',
  'ENV',
  'USER',
  'EXPOSE',
  'VOLUME',
  'HEALTHCHECK',
  'STOPSIGNAL',
  'ENTRYPOINT',
];

/**
 * @param {string} text
 * @returns {{ name: string, steps: { instruction: string, rest: string, line: number }[] }[]}
 */
export function readDockerfile(text) {
  const stages = [];
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(raw.trim()) ?? [];
    if (raw.trim() === '' || raw.startsWith('#')) return;
    if (instruction === undefined || !KNOWN.includes(instruction))
      throw new Error(`line ${line}: "${raw}" is an instruction that the rehearsal does not know`);
    if (instruction === 'FROM')
      stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? `${stages.length}`, steps: [] });
    else if (stages.length > 0) stages.at(-1).steps.push({ instruction, rest, line });
  });
  return stages;
}

/** The words of `COPY [--from=STAGE] SOURCE… TARGET`. */
export function readCopy(rest) {
  const words = rest.split(/\s+/);
  const from = words[0].startsWith('--from=') ? words.shift().slice('--from='.length) : undefined;
  const target = words.pop();
  return { from, sources: words, target };
}
