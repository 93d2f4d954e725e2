// Silence in the codec of a stream: frames that decode to nothing, in place of its own.
export { SilentAudio } from './silent-audio.ts';
export { silentAacFrame, silentFlacFrame, silentMp3Frames, silentOpusPacket } from './silent-frames.ts';
