// Sizes and identifiers of transport stream packets (ISO/IEC 13818-1, 2.4.3).

/** Bytes of a transport stream packet, of its header, and of the rest for an adaptation field and payload. */
export const TS_PACKET = 188;
export const TS_HEADER = 4;
export const TS_BODY = TS_PACKET - TS_HEADER;

/** An adaptation field with a PCR: length, flags and six bytes of clock. */
export const PCR_FIELD = 8;

/** continuity_counter has four bits. */
export const COUNTER_MASK = 0x0f;

/** Flags of an adaptation field (2.4.3.4). */
export const DISCONTINUITY_INDICATOR = 0x80;
export const RANDOM_ACCESS_INDICATOR = 0x40;
export const PCR_FLAG = 0x10;

/** PIDs. 0 is the PAT by definition, the others are free; most muxers use these. */
export const PAT_PID = 0;
export const PMT_PID = 0x1000;
export const VIDEO_PID = 0x100;
export const AUDIO_PID = 0x101;
