// Runs the steps of a Dockerfile in folders, one for each stage, which stand for the root directories of the images.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readCopy, readDockerfile } from './dockerfile.mjs';

/** What the last stage is run with. Paths are those inside the image. */
class Image {
  root;
  workdir = '/';
  env = {};
  user = '0';
  entrypoint = [];
  healthcheck = [];

  constructor(root) {
    this.root = root;
    mkdirSync(root, { recursive: true });
  }

  /** The path on this machine of a path inside the image. */
  path(inside) {
    return join(this.root, resolve(this.workdir, inside));
  }
}

/**
 * @param {string} context the folder of the Dockerfile
 * @param {string} folder an empty one
 * @returns {Image} of the last stage
 */
export function buildImage(context, folder) {
  const ignored = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const images = new Map();
  let last;
  for (const { name, steps } of readDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
    const image = new Image(join(folder, name));
    for (const step of steps) runStep(step, image, { context, ignored, images });
    images.set(name, image);
    last = image;
  }
  return last;
}

function runStep({ instruction, rest, line }, image, build) {
  switch (instruction) {
    case 'WORKDIR':
      image.workdir = resolve(image.workdir, rest);
      mkdirSync(image.path('.'), { recursive: true });
      break;
    case 'COPY':
      copy(readCopy(rest), image, build, line);
      break;
    case 'RUN':
      run(rest, image, line);
      break;
    case 'ENV': {
      const [, name, value] = /^(\w+)=(.*)$/.exec(rest);
      image.env[name] = value;
      break;
    }
    case 'USER':
      image.user = rest;
      break;
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(rest);
      break;
    case 'HEALTHCHECK':
      image.healthcheck = JSON.parse(/CMD (\[.*\])$/.exec(rest)[1]);
      break;
  }
}

function copy({ from, sources, target }, image, { context, ignored, images }, line) {
  for (const source of sources) {
    const origin = from === undefined ? join(context, source) : images.get(from).path(source);
    if (!existsSync(origin)) throw new Error(`line ${line}: there is no ${source} to copy`);
    const isFolder = statSync(origin).isDirectory();
    const into =
      target.endsWith('/') || target === '.' ? join(target, isFolder ? '' : basename(source)) : target;
    const isWanted = (path) => from !== undefined || !isIgnored(path.slice(context.length + 1), ignored);
    cpSync(origin, image.path(into), { recursive: true, filter: isWanted });
  }
}

function isIgnored(path, ignored) {
  const [first = ''] = path.split('/');
  return ignored.some((each) => first === each || (each.startsWith('*.') && first.endsWith(each.slice(1))));
}

function run(command, image, line) {
  console.log(`image: ${command}`);
  const { status } = spawnSync('sh', ['-ec', command], {
    cwd: image.path('.'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...image.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`line ${line}: "${command}" ended with ${status}`);
}
