/*
** What a library without a start-up and a runtime of a compiler needs on Windows.
*/
void ___chkstk_ms(void);
int __stdcall DllMainCRTStartup(void *library, unsigned long reason, void *reserved);

int __stdcall DllMainCRTStartup(void *library, unsigned long reason, void *reserved) {
  (void)library;
  (void)reason;
  (void)reserved;
  return 1;
}

/*
** The compiler calls it before it makes room for more than a page on the stack, with the size
** in RAX, and expects all registers back. Windows enlarges a stack by the page below the last
** one when that is touched, so they are touched one after the other.
*/
__attribute__((naked)) void ___chkstk_ms(void) {
  __asm__("pushq %rcx\n\t"
          "pushq %rax\n\t"
          "leaq 24(%rsp), %rcx\n" /* the stack pointer of the caller */
          "0:\n\t"
          "subq $0x1000, %rax\n\t"
          "jbe 1f\n\t"
          "subq $0x1000, %rcx\n\t"
          "testb %cl, (%rcx)\n\t"
          "jmp 0b\n"
          "1:\n\t"
          "leaq 0x1000(%rax), %rax\n\t"
          "subq %rax, %rcx\n\t"
          "testb %cl, (%rcx)\n\t"
          "popq %rax\n\t"
          "popq %rcx\n\t"
          "retq");
}
