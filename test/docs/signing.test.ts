// What the documents show for making links and tokens makes some that `auth` takes: in each language that is here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { authServer, tryPlay, tryPublish } from '../plugins/auth/auth-kit.ts';
import { codeBlocks, readDocument, ROOT } from './documents.ts';

/** Long enough for HS256 in every library. */
const SECRET = 'a secret of sufficient length for all';

interface Language {
  /** A command that fails where the language, or what the snippet needs of it, is not installed. */
  readonly probe: readonly string[];
  /** The snippet as a program that prints what it has made. */
  readonly program: (snippet: string) => string;
  readonly command: (program: string) => readonly string[];
}

const node = (program: string): readonly string[] => [process.execPath, '--input-type=module', '-e', program];
const python = (program: string): readonly string[] => ['python3', '-c', program];

const LINKS: Readonly<Record<string, Language>> = {
  js: {
    probe: [process.execPath, '--version'],
    program: (snippet) => `const secret = process.env.SECRET;\n${snippet}\nconsole.log(url);`,
    command: (program) => [process.execPath, '-e', program],
  },
  python: {
    probe: python('pass'),
    program: (snippet) => `import os\nsecret = os.environ["SECRET"]\n${snippet}\nprint(url)`,
    command: python,
  },
  php: {
    probe: ['php', '--version'],
    program: (snippet) => `$secret = getenv("SECRET");\n${snippet}\necho $url;`,
    command: (program) => ['php', '-r', program],
  },
  go: {
    probe: ['go', 'version'],
    program: (snippet) => `package main
      import ("crypto/hmac"; "crypto/sha256"; "fmt"; "os"; "time")
      func main() {
        secret := os.Getenv("SECRET")
        ${snippet}
        fmt.Println(url)
      }`,
    command: (program) => ['go', 'run', writeTemporary('sign.go', program)],
  },
};

const TOKENS: Readonly<Record<string, Language>> = {
  js: {
    probe: [process.execPath, '--version'],
    program: (snippet) => `import { SignJWT } from 'jose';\n${snippet}\nconsole.log(token);`,
    command: node,
  },
  python: {
    probe: python('import jwt'),
    program: (snippet) => `import jwt, os, time\nsecret = os.environ["JWT_SECRET"]\n${snippet}\nprint(token)`,
    command: python,
  },
};

function isHere({ probe }: Language): boolean {
  const [program = '', ...args] = probe;
  return spawnSync(program, args).status === 0;
}

function writeTemporary(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-docs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** What the first snippet of the document in that language prints. */
function runSnippet(path: string, name: string, { program, command }: Language): string {
  const snippet = codeBlocks(readDocument(path)).find(({ language }) => language === name)?.text;
  if (snippet === undefined) throw new Error(`${path} shows nothing in ${name}`);
  const [file = '', ...args] = command(program(snippet));
  const env = { ...process.env, SECRET, JWT_SECRET: SECRET };
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

for (const [name, language] of Object.entries(LINKS))
  test.runIf(isHere(language))(`the signed link that auth.md makes in ${name} admits a viewer`, async () => {
    const [, path = ''] = runSnippet('docs/plugins/auth.md', name, language).split('http://HOST:8011/');
    const server = await authServer({ sign: { secret: SECRET } });
    expect(await tryPlay(server, path.replace('.flv', ''))).toBe('admitted');
    expect(await tryPublish(server, path.replace('.flv', ''))).toMatch(/^unauthorized/);
  });

for (const [name, language] of Object.entries(TOKENS))
  test.runIf(isHere(language))(`the token that keys.md makes in ${name} admits a viewer`, async () => {
    const token = runSnippet('docs/guides/keys.md', name, language);
    const server = await authServer({ jwt: { secret: SECRET } });
    expect(await tryPlay(server, `live/movie?token=${token}`)).toBe('admitted');
    expect(await tryPlay(server, `live/other?token=${token}`)).toMatch(/^forbidden/);
  });
