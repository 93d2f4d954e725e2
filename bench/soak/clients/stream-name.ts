// The stream that the soak publishes and plays.

export const APP = 'live';
export const NAME = 'soak';
