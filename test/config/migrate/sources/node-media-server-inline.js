import NodeMediaServer from 'node-media-server';
const nms = new NodeMediaServer({
  bind: '127.0.0.1',
  rtmp: { port: 1935, chunk_size: 60000, gop_cache: false, ping: 30, ping_timeout: 60, ssl: { port: 443, key: './k', cert: './c' } },
  http: { port: 8000, allow_origin: '*', api: true },
  cluster: { num: 2 },
  auth: { api: true, api_user: 'admin', api_pass: 'a password', play: false, publish: true, secret: 'nodemedia2017privatekey' },
  fission: { ffmpeg: '/usr/bin/ffmpeg', tasks: [{ rule: 'live/*', model: [{ ab: '128k', vb: '1500k', vs: '1280x720', vf: '30' }] }] },
  relay: { tasks: [ { app: 'live', mode: 'push', edge: 'rtmp://a/b/a-password', appendName: false, name: 'x' }, { app: 'x', mode: 'pull', edge: 'rtmp://a' }, { mode: 'static' } , { app:'live', mode: 'pull', edge: 'rtmp://second.example/live' }, {app:'live',mode:'pull',edge:'rtmp://third.example/live'}] },
  trans: { MediaRoot: './media', tasks: [ { app: 'live', ac: 'aac', hls: true, hlsFlags: '[hls_time=2:hls_list_size=3]', mp4: true, mp4Flags: '[movflags=frag_keyframe]' } ] },
});
nms.run();
