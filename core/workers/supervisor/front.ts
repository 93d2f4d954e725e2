// The listening sockets of the server. They belong to the supervisor, so no connection is lost when a worker ends, and it
// gives each connection to the worker that has the fewest.
import type { Logger } from '../../log/log.ts';
import { OwnDoor } from '../../net/door.ts';
import { ListenerPool } from '../../net/listener-pool.ts';
import type { PlannedAddress } from '../../net/planned-address.ts';
import type { ServedAddress } from '../../net/served-address.ts';
import type { Seat, WaitingConnection } from './seat.ts';

/** Connections that wait while no worker runs. Beyond this number they are cut off. */
const MAX_WAITING = 1024;

export class Front {
  readonly #pool: ListenerPool;
  readonly #seats: () => readonly Seat[];
  readonly #waiting: WaitingConnection[] = [];
  #plans: readonly PlannedAddress[] = [];
  #turn = 0;

  constructor(log: Logger, seats: () => readonly Seat[]) {
    this.#pool = new ListenerPool(log, (spec) => new OwnDoor(spec, 'later'));
    this.#seats = seats;
  }

  /** Called about once a second. */
  lookForFiles(): void {
    this.#pool.lookForFiles();
  }

  get connections(): number {
    return this.#pool.connections;
  }

  get addresses(): readonly ServedAddress[] {
    const ports = this.portsOf(this.#plans);
    return this.#plans.map(({ key, options, address, tls, service }) => ({
      option: options[0],
      options,
      scheme: service.kind === 'http' ? (tls ? 'https' : 'http') : tls ? 'tls' : 'tcp',
      host: address.host,
      port: ports[key] ?? address.port,
    }));
  }

  configure(maxConnections: number): void {
    this.#pool.configure(maxConnections);
  }

  /** Opens the addresses that are not open yet. Throws LVG_LISTEN, and then all is as before. */
  async acquire(plans: readonly PlannedAddress[]): Promise<void> {
    const acquired: PlannedAddress[] = [];
    try {
      for (const plan of plans) {
        await this.#pool.acquire(plan.key, plan.address, plan.options[0]);
        acquired.push(plan);
      }
    } catch (error) {
      await this.release(acquired);
      throw error;
    }
  }

  async release(plans: readonly PlannedAddress[]): Promise<void> {
    for (const { key } of plans.toReversed()) await this.#pool.release(key);
  }

  /** From now on the workers get the connections of these addresses. Those of the config before are released. */
  use(plans: readonly PlannedAddress[]): void {
    const before = this.#plans;
    this.#plans = plans;
    for (const { key } of plans) this.#pool.find(key)?.use((socket) => this.#hand({ key, socket }));
    // No listener that is still held has given way to a released one, so there is nothing to wait for.
    void this.release(before);
  }

  /** The ports in use, by the key of the address. */
  portsOf(plans: readonly PlannedAddress[]): Record<string, number> {
    return Object.fromEntries(
      plans.map(({ key, address }) => [key, this.#pool.find(key)?.port ?? address.port]),
    );
  }

  /** A worker runs: it gets the connections that wait. */
  proceed(): void {
    for (const each of this.#waiting.splice(0)) this.#place(each);
  }

  /** A worker has ended: its connections are gone, and others get those that it has not taken. */
  lost(seat: Seat, unsent: readonly WaitingConnection[]): void {
    this.#pool.closedElsewhere(seat.connections - unsent.length);
    this.place(unsent);
  }

  /** Gives connections that one worker has not taken to others. */
  place(connections: readonly WaitingConnection[]): void {
    for (const each of connections) this.#place(each);
  }

  closed(count: number): void {
    this.#pool.closedElsewhere(count);
  }

  async close(): Promise<void> {
    await this.release(this.#plans);
    this.#plans = [];
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
  }

  #hand(connection: WaitingConnection): void {
    this.#pool.handOver(connection.socket);
    this.#place(connection);
  }

  #place(connection: WaitingConnection): void {
    const running = this.#seats().filter(({ state }) => state === 'running');
    const prompt = running.filter(({ slow }) => !slow);
    const seat = leastLoaded(prompt.length > 0 ? prompt : running, this.#turn++);
    if (seat) return seat.hand(connection);
    if (this.#waiting.length < MAX_WAITING) return void this.#waiting.push(connection);
    connection.socket.destroy();
    this.#pool.closedElsewhere(1);
  }
}

/** Of several with equally few connections it is the next one in turn. */
function leastLoaded(seats: readonly Seat[], turn: number): Seat | undefined {
  let least: Seat | undefined;
  for (let index = 0; index < seats.length; index++) {
    const seat = seats[(turn + index) % seats.length]!;
    if (!least || seat.connections < least.connections) least = seat;
  }
  return least;
}
