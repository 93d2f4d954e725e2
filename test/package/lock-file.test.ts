import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingOptionalPackages, type LockFile } from '../../scripts/setup/lock-file.mjs';
import { ROOT } from '../docs/documents.ts';

const LOCK = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;

describe('package-lock.json', () => {
  test('has the packages of every platform (node scripts/complete-lock.mjs adds them)', () => {
    expect(missingOptionalPackages(LOCK)).toEqual([]);
  });

  test('satisfies `npm ci`, without the registry', () => {
    const { status, stderr } = spawnSync(
      'npm',
      ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--loglevel=error'],
      { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('a lock', () => {
  test('lacks an optional package unless Node would find one, in the nearest folder or one further out', () => {
    const packages = {
      '': {},
      'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-mac': '1', '@a/win': '1' } },
      'node_modules/a-linux': {},
      'node_modules/a/node_modules/@a/win': {},
      'node_modules/b/node_modules/a-mac': {},
    };
    expect(missingOptionalPackages({ packages })).toEqual([{ path: 'node_modules/a', name: 'a-mac' }]);
  });
});
