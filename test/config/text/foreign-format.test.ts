import { expect, test } from 'vitest';
import { parseConfigText } from '../../../config/text/parse-text.ts';

test.each([
  ['YAML', 'listen: 1935\nservers:\n  - servername: live\n'],
  ['YAML', '---\n# livego\nrtmp_addr: ":1935"\n'],
  ['INI or TOML', '[rtmp]\nlisten = 1935\n'],
  ['INI or TOML', '# ports\nlisten=1935\n'],
  ['a config of nginx or SRS', 'worker_processes 1;\nrtmp {\n  server { listen 1935; }\n}\n'],
  ['a config of nginx or SRS', 'rtmp { server { listen 1935; application live { live on; } } }'],
  ['a config of nginx or SRS', 'rtmp\n{\n  server\n  {\n    listen 1935; # here\n  }\n}'],
  ['a config of nginx or SRS', '# srs\nlisten              1935;\nvhost __defaultVhost__ {\n}\n'],
  ['XML or HTML', '<?xml version="1.0"?>\n<config/>'],
])('%s that is given by mistake is recognised, and the message says what to write', (format, text) => {
  const { faults } = parseConfigText(text);
  expect(faults).toHaveLength(1);
  expect(faults[0]!.message).toMatch(
    `this is ${format}, and livego reads JSON5. The same in it: { listen: 1935,`,
  );
});

test.each(['{ a: b: 1 }', '// note\n{ listen: 1935;\n}', '[1, 2', '{\n  listen = 1935\n}'])(
  'a mistake in JSON5 is not taken for another format: %j',
  (text) => {
    expect(parseConfigText(text).faults[0]?.message).not.toContain('livego reads JSON5');
  },
);
