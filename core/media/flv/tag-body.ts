// Bodies of FLV tags, alias payloads of RTMP messages: what they are at a glance, and what is in them.
export { describeAudio, describeData, describeVideo } from './packet-info.ts';
export { parseVideoBody, parseVideoTracks } from './video-body.ts';
export type { FrameType, VideoBody, VideoPacketType } from './video-body.ts';
export { parseAudioBody, parseAudioTracks } from './audio-body.ts';
export type { AudioBody, AudioPacketType, SoundFlags } from './audio-body.ts';
