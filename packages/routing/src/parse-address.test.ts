import { describe, expect, test } from "vitest";
import { isPublicAddress } from "./is-public-address.js";
import { parseAddress, parsePeerAddress } from "./parse-address.js";

describe("parseAddress reads", () => {
  test.each([
    ["IPv4", "203.0.113.7", "203.0.113.7"],
    ["IPv4 with spaces", " 203.0.113.7 ", "203.0.113.7"],
    ["IPv4 with a port", "203.0.113.7:8080", "203.0.113.7"],
    ["IPv4-mapped IPv6", "::ffff:203.0.113.7", "203.0.113.7"],
    ["IPv4-mapped IPv6 in hex", "::FFFF:cb00:7107", "203.0.113.7"],
    ["IPv4-mapped IPv6 with brackets and a port", "[::ffff:203.0.113.7]:443", "203.0.113.7"],
    ["IPv6", "2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["IPv6 in short", "2001:db8::1", "2001:db8::1"],
    ["IPv6 with brackets", "[2001:db8::1]", "2001:db8::1"],
    ["IPv6 with brackets and a port", "[2001:db8::1]:443", "2001:db8::1"],
    ["IPv6 with a zone id", "fe80::1%eth0", "fe80::1"],
    ["IPv6 with a zone id in brackets", "[fe80::1%25en0]:80", "fe80::1"],
    ["loopback", "::1", "::1"],
    ["the unspecified address", "::", "::"],
    ["a run of zeros at the end", "2001:db8:1:1::", "2001:db8:1:1::"],
    ["the first of two equal runs of zeros", "2001:0:0:1:0:0:1:1", "2001::1:0:0:1:1"],
    ["a single zero group, which stays", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["IPv6 that ends in IPv4", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s", (_name, text, address) => {
    expect(parseAddress(text)).toBe(address);
    expect(parseAddress(address)).toBe(address);
    expect(parsePeerAddress(text)).toBe(address);
  });
});

describe("parseAddress refuses", () => {
  test.each([
    ["nothing", ""],
    ["a word", "unknown"],
    ["three numbers", "203.0.113"],
    ["five numbers", "203.0.113.7.1"],
    ["a number over 255", "203.0.113.256"],
    ["a leading zero", "203.0.113.07"],
    ["hex", "0x7f.0.0.1"],
    ["a sign", "-1.0.0.1"],
    ["two addresses", "203.0.113.7, 203.0.113.8"],
    ["IPv4 in brackets", "[203.0.113.7]"],
    ["a port of six digits", "203.0.113.7:123456"],
    ["two double colons", "2001::db8::1"],
    ["nine groups", "1:2:3:4:5:6:7:8:9"],
    ["seven groups", "1:2:3:4:5:6:7"],
    ["a double colon for nothing", "1:2:3:4::5:6:7:8"],
    ["a group of five digits", "2001:db8::12345"],
    ["three colons", ":::"],
    ["an open bracket", "[2001:db8::1"],
    ["IPv4 in the middle", "2001:192.0.2.1::1"],
    ["a line break inside", "203.0.113.7\nx"],
    ["an over-long value", `${" ".repeat(200)}203.0.113.7`],
    ["an over-long zone id", `fe80::1%${"a".repeat(200)}`],
  ])("%s", (_name, text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(parsePeerAddress(text)).toBeUndefined();
  });
});

describe("isPublicAddress", () => {
  test.each([
    ["8.8.8.8", true],
    ["172.15.0.1", true],
    ["172.32.0.1", true],
    ["100.63.0.1", true],
    ["100.128.0.1", true],
    ["192.167.1.1", true],
    ["2606:4700::1111", true],
    ["3fff::1", true],
    ["0.0.0.0", false],
    ["10.1.2.3", false],
    ["100.64.0.1", false],
    ["127.0.0.1", false],
    ["169.254.1.1", false],
    ["172.16.0.1", false],
    ["172.31.255.255", false],
    ["192.168.1.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::", false],
    ["::1", false],
    ["fc00::1", false],
    ["fd12::1", false],
    ["fe80::1", false],
    ["ff02::1", false],
  ])("%s: %s", (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
