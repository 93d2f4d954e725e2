// The programs that tests and benchmarks use: found on the machine, or installed with its package manager.
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { announce, run, SetupError } from './run.mjs';

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHROMIUM_ON_MACOS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const PROGRAMS = [
  {
    need: 'media',
    name: 'ffmpeg and ffprobe',
    isPresent: () => findProgram('ffmpeg') !== undefined && findProgram('ffprobe') !== undefined,
    debian: 'ffmpeg',
    brew: ['ffmpeg'],
  },
  {
    // The tests make their TLS certificates with it.
    need: 'certificates',
    name: 'openssl',
    isPresent: () => findProgram('openssl') !== undefined,
    debian: 'openssl',
    brew: ['openssl'],
  },
  {
    // Channel keys that several servers share.
    need: 'redis',
    name: 'redis-server',
    isPresent: () => findProgram('redis-server') !== undefined,
    debian: 'redis-server',
    brew: ['redis'],
  },
  {
    // The metrics are checked with its promtool.
    need: 'metrics',
    name: 'promtool',
    isPresent: () => findProgram('promtool') !== undefined,
    debian: 'prometheus',
    brew: ['prometheus'],
  },
  {
    need: 'browser',
    name: 'Chromium',
    isPresent: () => findChromium() !== undefined,
    debian: 'chromium',
    brew: ['--cask', 'google-chrome'],
    hint: 'A Chromium or Chrome elsewhere is used when CHROMIUM=/path/to/it is set.',
  },
];

/** The full path of a program on the PATH, or undefined. */
export function findProgram(name) {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** The full path of the Chromium (or Chrome) that tests drive, or undefined. `CHROMIUM` in the environment comes first. */
export function findChromium() {
  const chosen = process.env.CHROMIUM;
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new SetupError(`CHROMIUM is set to "${chosen}", which is not an executable file.`);
  }
  const onPath = CHROMIUM_NAMES.map(findProgram).find((path) => path !== undefined);
  return onPath ?? (process.platform === 'darwin' ? CHROMIUM_ON_MACOS.find(isExecutable) : undefined);
}

/** The programs for `needs` ("media", "certificates", "redis", "metrics", "browser") that this machine lacks. */
export function missingPrograms(needs) {
  return PROGRAMS.filter((program) => needs.includes(program.need) && !program.isPresent());
}

/** Installs without questions. Needs root, or sudo without a password, on Debian and Ubuntu, and brew on macOS. */
export async function installPrograms(programs) {
  if (process.platform === 'darwin' && findProgram('brew')) await installWithBrew(programs);
  else if (findProgram('apt-get') && administrator() !== undefined) await installWithApt(programs);
  else throw new SetupError(adviceFor(programs));
  const missing = programs.filter((program) => !program.isPresent());
  if (missing.length > 0) throw new SetupError(adviceFor(missing));
}

async function installWithApt(programs) {
  const packages = programs.map((program) => program.debian);
  const apt = [
    ...administrator(),
    'apt-get',
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Acquire::Retries=3',
  ];
  announce(`installing ${packages.join(' and ')} with apt-get`);
  await run([...apt, 'update']);
  await run([...apt, 'install', '-y', '--no-install-recommends', ...packages]);
}

async function installWithBrew(programs) {
  for (const program of programs) {
    announce(`installing ${program.name} with brew`);
    await run(['brew', 'install', ...program.brew], { env: { HOMEBREW_NO_AUTO_UPDATE: '1' } });
  }
}

/** The prefix that runs a command as root; undefined where that needs a password. */
function administrator() {
  // `env` sets the variable behind sudo, which clears the environment.
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  if (process.getuid?.() === 0) return quiet;
  const sudo = findProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? ['sudo', '-n', ...quiet] : undefined;
}

function adviceFor(programs) {
  const names = programs.map((program) => program.name).join(' and ');
  const packages = programs.map((program) => program.debian).join(' ');
  const hints = programs.flatMap((program) => program.hint ?? []);
  return [
    `${names} could be neither found nor installed automatically.`,
    ...(isUbuntu() && packages.includes('chromium')
      ? ["Ubuntu's chromium is a snap; Google's .deb of Chrome works as well."]
      : []),
    `Debian, Ubuntu: sudo apt-get install ${packages}; Fedora: sudo dnf install ${packages}; macOS: brew install ${programs
      .map((program) => program.brew.join(' '))
      .join(' && brew install ')}.`,
    ...hints,
    'Then run the same command again.',
  ].join(' ');
}

function isUbuntu() {
  try {
    return /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
