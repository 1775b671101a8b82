import type { ErrorCode } from "yaml";

/**
 * What a syntax error is called. The parser's own messages quote the text around the error, which may be a key that
 * somebody pasted, so they are never shown.
 */
const messages: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: "an alias (*name) takes no anchor and no tag; remove them",
  BAD_ALIAS: "not a valid anchor or alias name",
  BAD_DIRECTIVE: "unknown YAML directive; remove the line that starts with %",
  BAD_DQ_ESCAPE: "invalid escape in a double-quoted text; use single quotes, or \\\\ for a backslash",
  BAD_INDENT:
    "wrong indentation, or a bracket that is not closed; indent with spaces, the same for all keys of a mapping",
  BAD_SCALAR_START: "a text cannot start with this character; put quotes around it",
  BLOCK_AS_IMPLICIT_KEY: "a mapping cannot start here; put it on its own line, or quotes around a text with a colon",
  BLOCK_IN_FLOW: "a block cannot stand inside brackets; use { } or [ ] for it",
  MISSING_CHAR: "a character is missing here: a closing quote or bracket, a comma, or the colon after a key",
  MULTILINE_IMPLICIT_KEY: "a key cannot go over several lines; a colon may be missing after it",
  MULTIPLE_ANCHORS: "a value takes one anchor; remove the others",
  MULTIPLE_DOCS: "the file holds several documents; remove the --- line and what follows",
  MULTIPLE_TAGS: "tags are not supported; remove them",
  NON_STRING_KEY: "a key must be plain text",
  RESOURCE_EXHAUSTION: "nested too deeply",
  TAB_AS_INDENT: "tabs cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "tags are not supported; remove the word that starts with !",
};

/** The plain message of a syntax error. */
export function yamlErrorMessage(code: ErrorCode): string {
  return messages[code] ?? "not valid YAML here; check the indentation, the quotes and the colons";
}
