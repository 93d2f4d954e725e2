// Clients that send more than they need, or that only pretend to be busy.
import { expect, test } from 'vitest';
import { avcFrame, avcHeader, describePackets } from '../../helpers/media/media.ts';
import { openDialogue, playFrom, publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { stepClock } from '../../helpers/step-clock.ts';
import { stoppableProcess } from '../../helpers/programs/stopped-process.ts';

test('a thousand play commands in one write end their connection, and a viewer beside it gets every packet', async () => {
  const server = await startServer({ config: { mergeWriteMs: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await playFrom(server.rtmp('live/movie'));
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('live');
  const { socket } = dialogue;
  socket.cork();
  for (let index = 0; index < 1000; index++) dialogue.call('play', 0, [`none${index}`], { streamId: 1 });
  process.nextTick(() => socket.uncork());
  const packets = [avcHeader()];
  for (let index = 0; index < 100; index++)
    packets.push(avcFrame(index % 10 === 0 ? 'key' : 'inter', index * 40, index));
  await publisher.sendAll(packets);
  expect(describePackets(await viewer.received(packets.length))).toEqual(describePackets(packets));
  await dialogue.gone();
  const line = server.log.find(({ msg }) => msg.includes('maxCommandsPerSecond'));
  expect(line).toMatchObject({ level: 30, code: 'LVG_RTMP_COMMAND' });
});

test('a client may send as many commands as it likes, if it takes its time', async () => {
  const step = stepClock();
  const server = await startServer({ config: { rtmp: { maxCommandsPerSecond: 10 } } });
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('live');
  for (let transaction = 2; transaction < 20; transaction++) {
    dialogue.call('_checkbw', transaction);
    await dialogue.answer(transaction);
    if (transaction % 5 === 0) step(1000);
  }
  expect(dialogue.closed).toBe(false);
});

test('commands that end nothing do not keep an idle connection open', async () => {
  const step = stepClock();
  const server = await startServer({ config: { rtmp: { commandTimeoutMs: 20_000 } } });
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('live');
  const end = dialogue.gone();
  for (let transaction = 2; transaction < 5; transaction++) {
    dialogue.call('deleteStream', 0, [1]);
    dialogue.call('closeStream', 0);
    dialogue.call('_checkbw', transaction);
    await dialogue.answer(transaction);
    step(5_000);
  }
  step(10_000);
  await end;
});

test('a stop of the process for an hour ends neither a publisher nor a viewer', async () => {
  const step = stepClock();
  const stop = stoppableProcess();
  const server = await startServer({ config: { read_timeout: 10, write_timeout: 10, mergeWriteMs: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await playFrom(server.rtmp('live/movie'));
  const packets = [avcHeader(), avcFrame('key', 0, 1)];
  await publisher.sendAll(packets);
  await viewer.received(2);
  step(9_000);
  stop(3_600_000);
  step(250);
  const later = avcFrame('inter', 40, 2);
  publisher.send(later);
  expect(describePackets(await viewer.received(3))).toEqual(describePackets([...packets, later]));
  step(9_000);
  expect(server.stream('live/movie')).toMatchObject({ state: 'live', viewerCount: 1 });
  step(3_000);
  await publisher.gone();
});
