import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

/** A duration as a number and its unit: 0.8 ms, 182 ms, 1.24 s, 42 s. */
export function durationParts(ms: number): readonly [value: string, unit: "ms" | "s"] {
  if (ms === 0) return ["0", "ms"];
  if (ms < 10) return [ms.toFixed(1), "ms"];
  if (ms < 1_000) return [ms.toFixed(0), "ms"];
  return [(ms / 1_000).toFixed(ms < 10_000 ? 2 : ms < 100_000 ? 1 : 0), "s"];
}

/** A duration: "182 ms", "1.24 s". */
export function formatDuration(ms: number): string {
  return durationParts(ms).join(" ");
}

/** How long ago: "now", "12 s ago", "4 min ago", "2 h ago", "3 days ago". */
export function formatAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** The time of day, as the system writes it: "14:05". */
export function formatClock(ms: number, withSeconds = false): string {
  return new Date(ms).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
  });
}

/** A time that may be days away: "14:05", or "24 Nov, 14:05". */
export function formatMoment(ms: number, nowMs: number): string {
  if (Math.abs(ms - nowMs) < 43_200_000) return formatClock(ms);
  return `${new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${formatClock(ms)}`;
}

/** A timestamp in milliseconds; 0 where there is none. */
export function msOf(timestamp: Timestamp | undefined): number {
  return timestamp === undefined ? 0 : timestampMs(timestamp);
}
