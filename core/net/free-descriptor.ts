// Whether the process has a file descriptor left.
//
// Node tells nobody when it has none for a connection: it closes every connection that waits, with a descriptor that it
// keeps for that. So the server looks for itself, a moment after connections have come.
import { open, close } from 'node:fs';
import { devNull } from 'node:os';

const DELAY_MS = 1000;

export class FreeDescriptor {
  #waits = false;

  /** Call it for each connection: it looks once a second at most, and calls back with EMFILE or ENFILE if there is none. */
  look(onNone: (error: NodeJS.ErrnoException) => void): void {
    if (this.#waits) return;
    this.#waits = true;
    const attempt = (): void => {
      this.#waits = false;
      open(devNull, (error, descriptor) => {
        if (!error) close(descriptor, () => {});
        else if (error.code === 'EMFILE' || error.code === 'ENFILE') onNone(error);
      });
    };
    setTimeout(attempt, DELAY_MS).unref();
  }
}
