/** The file of OpenAI's o200k_base vocabulary for `createTokenCounter`, compiled by the build: 4.2 MB. */
export const o200kBaseFile: URL = new URL("./o200k-base.bin", import.meta.url);
