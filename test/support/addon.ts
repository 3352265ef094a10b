/** Path of the addon in the package. */
export const ADDON = `dist/native/linux-${process.arch}.node`;
