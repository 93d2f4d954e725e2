// Plugins for tests of the kernel: one that notes its life, one that serves an address, one that follows streams.
import type { MediaPacket } from '../../../core/media/packet.ts';
import { handoverKey } from '../../../core/plugin/handover.ts';
import type { AppContext, PluginDefinition, ServerContext } from '../../../core/plugin/plugin.ts';
import type { TlsOptions } from '../../../core/net/tls.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readBytes } from '../../helpers/net.ts';
import { seen, spell } from '../stream/stream-kit.ts';

const LIFE = handoverKey<string>('life');

/** Notes its life: "one 1: start". The option `fail` makes its start fail. */
export function lifePlugin(name: string, life: string[]): PluginDefinition {
  let instances = 0;
  return pluginForTest(name, {
    server: (context, options) => {
      const me = `${name} ${textOf(options['value'] ?? ++instances)}`;
      life.push(`${me}: declare`);
      context.onStart(() => {
        life.push(`${me}: start`);
        if (options['fail'] === true) throw new Error('it will not start');
      });
      context.onActivate(() => void life.push(`${me}: activate`));
      context.onStop((cause) => void life.push(`${me}: stop ${cause}`));
      context.onStop(() => void life.push(`${me}: stop first`));
      context.handover(LIFE, {
        give: () => {
          life.push(`${me}: give`);
          return { state: me, dispose: () => void life.push(`${me}: dispose`) };
        },
        take: (state) => void life.push(`${me}: take ${state}`),
      });
    },
  });
}

/** Greets each connection with its option `greeting` and keeps it open. */
export function greeter(name = 'greeter'): PluginDefinition {
  return pluginForTest(name, {
    server: (context, options) =>
      context.listen(
        { port: options['port'] as string | number, tls: options['tls'] as TlsOptions | undefined },
        (socket) => void socket.write(textOf(options['greeting'] ?? name)),
      ),
  });
}

/** Attaches a sink to each stream and notes what it is told: "ear: V1!". */
export function listener(heard: string[], level: 'server' | 'app' = 'server'): PluginDefinition {
  return pluginForTest('ear', {
    [level]: (context: ServerContext | AppContext, options: Record<string, unknown>) => {
      const me = textOf(options['value'] ?? 'ear');
      context.hooks.streamStart.tap((stream) => {
        heard.push(`${me}: start ${stream.key}`);
        context.attach(stream, {
          write: (packet: MediaPacket) => void heard.push(`${me}: ${spell([seen('video', packet.payload)])}`),
          end: (cause) => void heard.push(`${me}: end ${cause.code}`),
        });
      });
      context.hooks.streamStop.tap(
        (stream, cause) => void heard.push(`${me}: stop ${stream.key} ${cause.code}`),
      );
    },
  });
}

/** The first `length` bytes of what an address says to a new connection. */
export async function greeting(port: number, length: number, host = '127.0.0.1'): Promise<string> {
  const socket = await connectTo(port, host);
  return (await readBytes(socket, length)).toString();
}

export async function isOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  return connectTo(port, host).then(
    () => true,
    () => false,
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
