// `livego hash`: turns a password into the line that a config may hold.
import { buildAdobeVerifier } from '../plugins/auth/methods/adobe.ts';
import { hashPassword } from '../plugins/auth/credentials/passwords.ts';
import type { CliIo } from './io.ts';

/**
 * Reads the password from standard input: an argument would show in the list of processes.
 * @param user - adds the line for RTMP, which depends on the user's name
 */
export async function hash(user: string | undefined, io: CliIo): Promise<number> {
  const password = await io.readSecret('Password: ');
  if (password === '') {
    io.err('no password was given; type one, or pass it by standard input\n');
    return 1;
  }
  io.out(`${await hashPassword(password)}\n`);
  if (user !== undefined) io.out(`${buildAdobeVerifier(user, password)}\n`);
  return 0;
}
