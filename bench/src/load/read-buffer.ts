/**
 * What sockets are read into, one after the other: whoever is told of bytes has them copied before the next are read. A
 * buffer for each read is what a client of Node spends much of its time on.
 */
export const readBuffer: Uint8Array = new Uint8Array(65_536);
