const NodeMediaServer = require('node-media-server');

const config = {
  logType: 3,
  // Encoders.
  rtmp: {
    port: 1935,
    chunk_size: 60000,
    gop_cache: true,
    ping: 30,
    ping_timeout: 60,
  },
  http: {
    port: 8000,
    mediaroot: './media',
    allow_origin: '*', // everywhere
  },
  https: { port: 8443, key: './privatekey.pem', cert: './certificate.pem' },
  auth: {
    play: true,
    publish: true,
    secret: 'nodemedia2017privatekey',
    api: true,
    api_user: 'admin',
    api_pass: 'a password',
  },
  trans: {
    ffmpeg: '/usr/local/bin/ffmpeg',
    tasks: [
      { app: 'live', hls: true, hlsFlags: '[hls_time=2:hls_list_size=3:hls_flags=delete_segments]', dash: true },
    ],
  },
  relay: {
    ffmpeg: '/usr/local/bin/ffmpeg',
    tasks: [
      { app: 'live', mode: 'push', edge: 'rtmp://cdn.example' },
      { app: 'cctv', mode: 'static', edge: 'rtsp://admin:a-password@192.0.2.9:554/ch1', name: 'door', rtsp_transport: 'tcp' },
      { app: 'iptv', mode: 'static', edge: 'rtmp://tv.example/live/one', name: 'one' },
      { app: 'mv', mode: 'pull', edge: 'rtmp://tv.example/mv' },
    ],
  },
};

var nms = new NodeMediaServer(config);
nms.run();
