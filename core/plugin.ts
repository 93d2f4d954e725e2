// placeholder: the plugin contract (being written by the kernel's author)
export {};
