/**
 * Where the fields of a message go, each by its number and its name, in the order of the numbers. As Protobuf leaves them out,
 * so does a sink: what is not set, what is empty, and 0.
 */
export interface FieldSink {
  text(number: number, name: string, value: string | undefined): void;
  /** Left out only where it is not set. */
  optionalText(number: number, name: string, value: string | undefined): void;
  texts(number: number, name: string, values: readonly string[]): void;
  int32(number: number, name: string, value: number | undefined): void;
  int64(number: number, name: string, value: bigint | number): void;
  double(number: number, name: string, value: number): void;
  data(number: number, name: string, value: readonly number[] | undefined): void;
  message<T>(number: number, name: string, value: T | undefined, write: WriteFields<T>): void;
  messages<T>(number: number, name: string, values: readonly T[], write: WriteFields<T>): void;
}

/** Writes the fields of a message. */
export type WriteFields<T> = (sink: FieldSink, value: T) => void;
