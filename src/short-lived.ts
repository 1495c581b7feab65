/**
 * Whether this process is one command, which ends as soon as it is done. HTTP is parsed by WebAssembly, which V8 compiles
 * twice: at once, and better in the background. A command has ended by then, and would wait for it: that took longer than all
 * else of a small one. A program that uses the library decides by itself.
 */
export const shortLived = { is: false };
