// `livego/testing`: a server, clients and packets for the tests of plugins.
export { samplePackets, type SampleOptions } from '../testing/sample-packets.ts';
export type { TestClient, TestPublisher, TestViewer } from '../testing/test-clients.ts';
export {
  startTestServer,
  type LogLine,
  type TestServer,
  type TestServerOptions,
} from '../testing/test-server.ts';
