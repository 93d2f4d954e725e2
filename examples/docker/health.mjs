// The health check of the image: the server answers the first byte of an RTMP handshake. LIVEGO_HEALTH_PORT names another
// port than 1935.
import { connect } from 'node:net';

const VERSION = 3;
const port = Number(process.env.LIVEGO_HEALTH_PORT ?? 1935);

const socket = connect(port, '127.0.0.1');
socket.setTimeout(2500, () => process.exit(1));
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(1));
socket.on('data', ([version]) => process.exit(version === VERSION ? 0 : 1));
socket.write(Buffer.concat([Buffer.from([VERSION]), Buffer.alloc(1536)]));
