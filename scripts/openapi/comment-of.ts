import type { AnyDesc, DescComments, DescFile } from "@bufbuild/protobuf";
import { getComments, getPackageComments } from "@bufbuild/protoplugin";

/** The comment on an element of the contract, in Markdown. Empty where there is none. */
export function commentOf(element: Exclude<AnyDesc, DescFile>): string {
  return text(getComments(element));
}

/** The comment on a file's package. Empty where there is none. */
export function packageCommentOf(file: DescFile): string {
  return text(getPackageComments(file));
}

/** Without the space that every line of a comment begins with. */
function text({ leading = "" }: DescComments): string {
  return leading.replace(/^ /gm, "").trim();
}
