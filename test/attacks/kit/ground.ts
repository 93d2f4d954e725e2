// A server with its healthy stream, and the judgement after each attack.
import { expect } from 'vitest';
import { Attacker, type Attack } from './attack.ts';
import { HealthyStream } from './healthy-stream.ts';
import { ServerProcess, type ServerSetUp } from './server-process.ts';

export class Ground {
  readonly server: ServerProcess;
  readonly stream: HealthyStream;

  private constructor(server: ServerProcess, stream: HealthyStream) {
    this.server = server;
    this.stream = stream;
  }

  static async open(setUp?: ServerSetUp): Promise<Ground> {
    const server = await ServerProcess.start(setUp);
    try {
      return new Ground(server, await HealthyStream.start(server));
    } catch (error) {
      server.discard();
      throw error;
    }
  }

  async suffer({ run, complaint, ends }: Attack): Promise<void> {
    const attacker = new Attacker(this.server, this.stream);
    const before = this.server.complaints.length;
    try {
      await run(attacker);
      if (!ends) await this.stream.flows();
    } catch (error) {
      if (ends || this.server.alive) throw error;
      throw new Error(`The server has ended: ${this.server.complaints.join('\n')}`, { cause: error });
    } finally {
      attacker.release();
    }
    expect(attacker.faults).toEqual([]);
    const complaints = this.server.complaints.slice(before);
    expect(complaints.filter((line) => !complaint?.test(line))).toEqual([]);
  }

  /** Not a packet is missing at the end, and SIGTERM ends the server in order. */
  async end(): Promise<void> {
    if (!this.server.alive) return;
    await this.stream.isWhole();
    this.stream.close();
    expect(await this.server.stop()).toBe(0);
  }

  discard(): void {
    this.stream.close();
    this.server.discard();
  }
}
