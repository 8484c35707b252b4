package oops

// A rule says what one form of first line means. Adding a kind of crash is adding a row to rules (and the log that
// shows it to testdata).
type rule struct {
	gate  string // literals with "|" between them, one of which the line must have; cheap, and usually enough
	expr  string // what the line must match besides, "" for nothing; its named groups fill the title and the facts
	opens bool   // instead: the gate stands at the beginning of a sentence, and {what} is the rest of it
	kind  Kind
	sev   Severity
	title string      // {F} is the function to blame, {name} a group of expr
	alt   string      // the generic title that other forms of the same bug share, "" for none
	from  frameSource // where {F} is looked for
	role  role
}

// frameSource says where the function of the title stands.
type frameSource uint8

const (
	fromIP    frameSource = iota // the faulting instruction, then the trace
	fromTrace                    // the trace only: the place of the report is a checker's
	fromLine                     // the first line's {func}, then the trace
	fromLock                     // lockdep: the place behind "at:"
	fromStall                    // below the interrupt that found the stall
	fromHang                     // above the scheduler
	fromWork                     // what the innermost dispatcher called: any of its helpers can be the last straw
	fromSafe                     // lockdep: the first trace of how a lock came to be irq-safe
	fromLast                     // the work item that a "last function:" line names
	fromNone                     // the title has no function
)

// role says how a line stands to the crash that is open when it comes.
type role uint8

const (
	// roleRoot begins a crash.
	roleRoot role = iota
	// roleDetail belongs to the crash that was begun just before; alone it begins one.
	roleDetail
	// rolePrelude comes just before the line that begins the crash, and knows better what it is.
	rolePrelude
	// rolePanic ends whatever went before it; alone it is a crash.
	rolePanic
	// roleAside is a message that comes at any time: it begins a crash only where none is being printed.
	roleAside
	// roleWeak begins a crash only if a call trace follows: the words alone are too common.
	roleWeak
)

const (
	badAccess = "bad-access in {F}"
	nullTitle = "BUG: unable to handle kernel NULL pointer dereference in {F}"
	pageTitle = "BUG: unable to handle kernel paging request in {F}"
	userTitle = "BUG: unable to handle kernel access to user memory in {F}"
	stallAlt  = "stall in {F}"
	hangAlt   = "hang in {F}"
)

// rules are tried from the top; the first that fits a line wins. Texts are those of the kernel's own printk calls,
// from 2.4 to 7.x; the titles follow syzbot's.
var rules = []rule{
	// Panics: kernel/panic.c. After an oops they belong to it.
	{gate: "not syncing: System is deadlocked on memory", kind: OOMPanic, sev: SevPanic, title: "kernel panic: {panic}", from: fromNone, role: rolePanic},
	{gate: "not syncing: Out of memory", kind: OOMPanic, sev: SevPanic, title: "kernel panic: {panic}", from: fromNone, role: rolePanic},
	{gate: "not syncing: out of memory", kind: OOMPanic, sev: SevPanic, title: "kernel panic: {panic}", from: fromNone, role: rolePanic},
	{gate: "not syncing: corrupted stack end", kind: StackOverflow, sev: SevPanic, title: "kernel panic: corrupted stack end in {F}", alt: "stack-overflow in {F}", from: fromWork, role: rolePanic},
	{gate: "not syncing: stack-protector:", expr: `Kernel panic - not syncing: stack-protector:.* [Kk]ernel stack is corrupted in:? ?(?P<func>[^ ]+)?`, kind: StackOverflow, sev: SevPanic, title: "kernel panic: stack is corrupted in {F}", alt: "stack-overflow in {F}", from: fromLine, role: rolePanic},
	{gate: "Kernel panic - not syncing: ", kind: Panic, sev: SevPanic, title: "kernel panic: {panic}", from: fromNone, role: rolePanic},
	{gate: "Kernel panic: ", kind: Panic, sev: SevPanic, title: "kernel panic: {panic}", from: fromNone, role: rolePanic},
	{gate: "Kernel panic - not syncing", kind: Panic, sev: SevPanic, title: "kernel panic", from: fromNone, role: rolePanic},
	{gate: "Kernel panic", expr: `Kernel panic[:.]? *$`, kind: Panic, sev: SevPanic, title: "kernel panic", from: fromNone, role: rolePanic},

	// Sanitizers: mm/kasan/report.c, mm/kmsan/report.c, kernel/kcsan/report.c, mm/kfence/report.c.
	{gate: "BUG: KASAN: ", expr: `BUG: KASAN: (?P<what>double-free or invalid-free|double-free|invalid-free) in (?P<func>[^ ]+)`,
		kind: kasanPrefix, sev: SevOops, title: "KASAN: invalid-free in {F}", alt: "invalid-free in {F}", from: fromLine},
	{gate: "BUG: KASAN: ", expr: `BUG: KASAN: (?P<what>[a-z-]+) in (?P<func>[^ ]+)`,
		kind: kasanPrefix, sev: SevOops, title: "KASAN: {what} {access} in {F}", alt: badAccess, from: fromLine},
	{gate: "BUG: KASAN: ", expr: `BUG: KASAN: (?P<what>[a-z-]+) on address`,
		kind: kasanPrefix, sev: SevOops, title: "KASAN: {what} {access}", from: fromNone},
	{gate: "BUG: KASan: ", expr: `BUG: KASan: (?P<what>[a-z -]+?) in (?P<func>[^ ]+)`,
		kind: kasanPrefix, sev: SevOops, title: "KASAN: {what} {access} in {F}", alt: badAccess, from: fromLine},
	{gate: "kasan: bad access detected", kind: PageState, sev: SevOops, title: "BUG: kasan: bad access detected", from: fromNone, role: roleDetail},
	{gate: "BUG: KMSAN: ", expr: `BUG: KMSAN: (?P<what>[a-z-]+) in (?P<func>[^ ]+)`,
		kind: kmsanPrefix, sev: SevOops, title: "KMSAN: {what} in {F}", from: fromLine},
	{gate: "BUG: KCSAN: ", expr: `BUG: KCSAN: (?P<what>assert: race|data-race) in (?P<func>[^ ]+)(?: / (?P<other>[^ ]+))?`,
		kind: KCSAN, sev: SevWarning, title: "KCSAN: {what} in {func}{other}", from: fromLine},
	{gate: "BUG: KFENCE: ", expr: `BUG: KFENCE: (?P<what>[a-z- ]+?) in (?P<func>[^ ]+)`,
		kind: kfencePrefix, sev: SevOops, title: "KFENCE: {what} in {F}", alt: badAccess, from: fromLine},
	{gate: "UBSAN: ", expr: `UBSAN: (?P<what>[a-zA-Z -]+?) in (?P<src>[^ ]+:\d+)`,
		kind: UBSAN, sev: SevWarning, title: "UBSAN: {what} in {F}", from: fromTrace},

	// Page faults. x86: arch/x86/mm/fault.c and its ancestors; arm, arm64, riscv, mips, loongarch, ppc, s390, sparc.
	{gate: "BUG: kernel NULL pointer dereference", kind: NullDeref, sev: SevOops, title: nullTitle, alt: badAccess},
	{gate: "BUG: Kernel NULL pointer dereference", kind: NullDeref, sev: SevOops, title: nullTitle, alt: badAccess},
	{gate: "nable to handle kernel NULL pointer", kind: NullDeref, sev: SevOops, title: nullTitle, alt: badAccess},
	{gate: "unable to handle page fault for address",
		kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: "access to user memory outside uaccess", kind: PagingRequest, sev: SevOops, title: userTitle, alt: badAccess},
	{gate: "access user data via", kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: "nable to handle kernel", kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: "Page fault: bad address", expr: `^Page fault: bad address`, kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: "Kernel attempted to", expr: `Kernel attempted to (?:read|write|access) user page`,
		kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess, role: rolePrelude},
	{gate: "Data bus error, epc", kind: Other, sev: SevOops, title: "Data bus error in {F}", alt: badAccess},
	{gate: "Instruction bus error, epc", kind: Other, sev: SevOops, title: "Instruction bus error in {F}", alt: badAccess},

	// Traps: arch/x86/kernel/traps.c and its siblings.
	{gate: "PANIC: double fault", kind: DoubleFault, sev: SevPanic, title: "PANIC: double fault in {F}", alt: "stack-overflow in {F}"},
	{gate: "double fault: ", kind: DoubleFault, sev: SevPanic, title: "PANIC: double fault in {F}", alt: "stack-overflow in {F}"},
	{gate: "stack guard page was hit", kind: StackOverflow, sev: SevPanic,
		title: "BUG: stack guard page was hit in {F}", alt: "stack-overflow in {F}", from: fromWork},
	{gate: "tack overflow", expr: `(?:kernel|Kernel|task|irq|Insufficient stack|IRQ) ?stack overflow|Insufficient stack space|do_IRQ: stack overflow|Stack overflow in process`,
		kind: StackOverflow, sev: SevPanic, title: "kernel stack overflow in {F}", alt: "stack-overflow in {F}", from: fromWork},
	{gate: "Insufficient stack space to handle exception", kind: StackOverflow, sev: SevPanic,
		title: "kernel stack overflow in {F}", alt: "stack-overflow in {F}", from: fromWork},
	{gate: "stack segment: ", expr: `stack segment: [0-9a-f]{4}`, kind: StackSegment, sev: SevOops, title: "stack segment fault in {F}", alt: badAccess},
	{gate: "general protection fault", expr: `^(?:BUG: |Oops: )?general protection fault|(?:^|[\]:] )general protection fault|general protection fault: [0-9a-f]{4} \[#`,
		kind: GPF, sev: SevOops, title: "general protection fault in {F}", alt: badAccess},
	{gate: "divide error: ", expr: `divide error: [0-9a-f]{4}`, kind: DivideError, sev: SevOops, title: "divide error in {F}"},
	{gate: "divide_error: ", expr: `divide_error: [0-9a-f]{4}`, kind: DivideError, sev: SevOops, title: "divide error in {F}"},
	{gate: "invalid opcode: ", expr: `invalid opcode: [0-9a-f]{4}`, kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: "invalid operand: ", expr: `invalid operand: [0-9a-f]{4}`, kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: "double fault, gdt at", kind: DoubleFault, sev: SevPanic, title: "PANIC: double fault in {F}", alt: "stack-overflow in {F}"},
	{gate: "segment not present: 0|invalid TSS: 0|bounds: 0|overflow: 0|device not available: 0|segment overrun: 0|simd exception: 0|" +
		"math fault: 0|fpu exception: 0|iret exception: 0|debug: 0|control protection: 0",
		expr: `^(?:Oops: )?(?P<what>segment not present|invalid TSS|bounds|overflow|device not available|coprocessor segment overrun|simd exception|math fault|fpu exception|iret exception|debug|control protection): [0-9a-f]{4}(?: \[|$)`,
		kind: Other, sev: SevOops, title: "{what} in {F}"},
	{gate: "int3: ", expr: `^(?:Oops: )?int3: [0-9a-f]{4}`, kind: Other, sev: SevOops, title: "int3 in {F}"},
	{gate: "alignment check: ", expr: `alignment check: [0-9a-f]{4}`, kind: Unaligned, sev: SevOops, title: "alignment check in {F}"},

	// Program checks: arch/s390/kernel/traps.c. "ilc:2" is behind the code since 4.1.
	{gate: "illegal operation: ", expr: `^illegal operation: [0-9a-f]{4} `, kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: "monitor event: ", expr: `^monitor event: [0-9a-f]{4} `, kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "divide exception: ", expr: `divide exception: [0-9a-f]{4} `, kind: DivideError, sev: SevOops, title: "divide error in {F}"},
	{gate: "addressing exception: 0|protection exception: 0|Low-address protection: 0", expr: `^(?:addressing|protection) exception: [0-9a-f]{4} |^Low-address protection: [0-9a-f]{4} `, kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: " exception: ", expr: `^(?P<what>[a-zA-Z -]+ exception): [0-9a-f]{4} (?:ilc:\d )?\[#`, kind: Other, sev: SevOops, title: "{what} in {F}"},

	// BUG() and traps of the other machines: arch/*/kernel/traps.c, arch/powerpc/kernel/traps.c die().
	{gate: "ernel BUG in ", expr: `[Kk]ernel BUG in (?P<func>[^ ]+) at (?P<src>[^ ]+:\d+)`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}"},
	{gate: "Kernel BUG [#", kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "Break instruction in kernel", kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "Kernel bad sw trap", kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "Kernel illegal instruction", kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: "invoked from kernel context!", expr: `^do_\w+ invoked from kernel context!`, kind: Other, sev: SevOops, title: "coprocessor use in {F}"},
	{gate: "Kernel Fault: Code=", kind: PagingRequest, sev: SevOops, title: "Kernel Fault in {F}", alt: badAccess},
	{gate: "Bad Address (null pointer", kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess},
	{gate: "bugcheck! ", expr: `\[\d+\]: bugcheck! \d`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "General Exception: IA-64", kind: Other, sev: SevOops, title: "general exception in {F}"},
	{gate: "SError Interrupt on CPU", expr: `SError Interrupt on CPU(?P<cpu>\d+)`, kind: Other, sev: SevPanic, title: "kernel panic: Asynchronous SError Interrupt", from: fromNone},
	{gate: "exception on CPU", expr: `Unhandled (?:64|32)-bit \w+ (?P<what>\w+) exception on CPU(?P<cpu>\d+)`, kind: Other, sev: SevPanic, title: "kernel panic: Unhandled exception", from: fromNone},
	{gate: "Synchronous External Abort: ", kind: Other, sev: SevOops, title: "Internal error in {F}"},
	{gate: "CFI failure ", expr: `CFI failure (?:at (?P<func>[^ ]+) )?\(target: `, kind: Other, sev: SevOops, title: "CFI failure in {F}", role: rolePrelude},
	{gate: "ernel BUG at ", expr: `[Kk]ernel BUG at (?P<src>[^ ]+:\d+)?`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}"},
	{gate: "ernel bug detected", kind: Bug, sev: SevOops, title: "kernel BUG in {F}"},
	{gate: "Bad mode in ", kind: Other, sev: SevPanic, title: "kernel panic: bad mode", from: fromNone},
	{gate: "Unhandled fault: ", kind: PagingRequest, sev: SevOops, title: "Unhandled fault in {F}", alt: badAccess},
	{gate: "Unhandled fault at 0x", kind: PagingRequest, sev: SevOops, title: "Unhandled fault in {F}", alt: badAccess},
	{gate: "Unhandled prefetch abort: ", kind: PagingRequest, sev: SevOops, title: "Unhandled prefetch abort in {F}", alt: badAccess},
	{gate: "Alignment trap: ", kind: Unaligned, sev: SevOops, title: "Alignment trap in {F}", alt: badAccess},
	{gate: "kernel unaligned", expr: `(?i)unhandled kernel unaligned`, kind: Unaligned, sev: SevOops, title: "unaligned access in {F}"},
	{gate: "Reserved instruction in kernel code", kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}"},
	{gate: "Internal error: Oops - BUG: ", kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "ndefined instruction: ", expr: `Internal error: (?:Oops - )?[Uu]ndefined instruction: `, kind: InvalidOpcode, sev: SevOops, title: "Internal error in {F}", role: roleDetail},
	{gate: "alignment exception: ", expr: `Internal error: (?:SP/PC|PC|SP) alignment exception: `, kind: Unaligned, sev: SevOops, title: "Internal error in {F}", role: roleDetail},
	{gate: "Internal error: A", expr: `Internal error: (?:Accessing user space|Attempting to execute user)`, kind: PagingRequest, sev: SevOops, title: "Internal error in {F}", alt: badAccess, role: roleDetail},
	{gate: "Internal error: ", expr: `Internal error: (?P<what>[^\[]+)`, kind: Other, sev: SevOops, title: "Internal error in {F}", role: roleDetail},
	{gate: "Oops: Exception in kernel mode, sig: 5", kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: roleDetail},
	{gate: "Oops: Exception in kernel mode, sig: 4", kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: " illegal instruction", expr: `Oops(?: -|:) illegal instruction`, kind: InvalidOpcode, sev: SevOops, title: "invalid opcode in {F}", role: roleDetail},
	{gate: "Oops: Machine check", kind: MCE, sev: SevOops, title: "Machine check in {F}", role: roleDetail},
	{gate: "misaligned [#", kind: Unaligned, sev: SevOops, title: "unaligned access in {F}", role: roleDetail},
	{gate: " fault [#", expr: `Oops - [a-z ()A-Z]*fault`, kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "Oops: kernel access", kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "Oops: Kernel access of bad area", kind: PagingRequest, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "Oops: ", expr: `Oops: [0-9a-f]{4}(?: ilc:\d)? \[#?\d|Oops: [0-9a-f]{4}$|(?:^|[^A-Za-z])Oops: [^\n]*(?:\[#?\d+\]|sig: \d+|[0-9a-f]{4,16})`, kind: Other, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "]: Oops ", expr: `\]: Oops \d+ \[\d`, kind: Other, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "Oops - ", expr: `(?:^|[^A-Za-z])Oops - [^\n]*(?:\[#?\d+\]|sig: \d+|[0-9a-f]{4,16})`, kind: Other, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},
	{gate: "Oops[#|Oops [#", kind: Other, sev: SevOops, title: pageTitle, alt: badAccess, role: roleDetail},

	// BUG() with words of its own before it.
	{gate: "list_add corruption", kind: ListCorruption, sev: SevOops, title: "BUG: corrupted list in {F}", alt: badAccess, role: rolePrelude, from: fromTrace},
	{gate: "list_del corruption", kind: ListCorruption, sev: SevOops, title: "BUG: corrupted list in {F}", alt: badAccess, role: rolePrelude, from: fromTrace},
	{gate: "list_add double add", kind: ListCorruption, sev: SevOops, title: "BUG: corrupted list in {F}", alt: badAccess, role: rolePrelude, from: fromTrace},
	{gate: "usercopy: ", expr: `usercopy: [Kk]ernel memory (?:exposure|overwrite) attempt`, kind: Bug, sev: SevOops, title: "BUG: bad usercopy in {F}", role: rolePrelude, from: fromTrace},
	{gate: "skb_over_panic", expr: `skb_over_panic: text:`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: rolePrelude},
	{gate: "skb_under_panic", expr: `skb_under_panic: text:`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: rolePrelude},
	{gate: "buffer overflow", expr: `detected buffer overflow in|buffer overflow detected`, kind: Bug, sev: SevOops, title: "kernel BUG in {F}", role: rolePrelude, from: fromTrace},
	{gate: "refcount_t: ", expr: `refcount_t: (?:underflow|overflow|saturated|addition on 0|decrement hit 0|increment on 0|hit zero)`,
		kind: Refcount, sev: SevWarning, title: "WARNING: refcount bug in {F}", role: rolePrelude, from: fromTrace},
	{gate: "ODEBUG: ", expr: `ODEBUG: (?:free|init|activate|assert_init|deactivate|object)`, kind: Warn, sev: SevWarning, title: "WARNING: ODEBUG bug in {F}", role: rolePrelude, from: fromTrace},

	// Lockups and stalls: kernel/watchdog.c, kernel/rcu/tree_stall.h, kernel/hung_task.c, kernel/workqueue.c.
	{gate: "soft lockup", expr: `BUG: soft lockup - CPU#(?P<cpu>\d+) stuck for [0-9.]+s! \[(?P<comm>.*):(?P<pid>\d+)\]`, kind: SoftLockup, sev: SevHang,
		title: "BUG: soft lockup in {F}", alt: stallAlt, from: fromStall},
	{gate: "soft lockup", expr: `BUG: soft lockup`, kind: SoftLockup, sev: SevHang, title: "BUG: soft lockup in {F}", alt: stallAlt, from: fromStall},
	{gate: "LOCKUP on ", expr: `(?i)(?:hard LOCKUP on|detected LOCKUP on) cpu ?(?P<cpu>\d+)?`, kind: HardLockup, sev: SevHang, title: "BUG: hard lockup in {F}", alt: stallAlt, from: fromStall},
	{gate: "hard LOCKUP", expr: `CPU (?P<cpu>\d+) (?:self-)?detected hard LOCKUP`, kind: HardLockup, sev: SevHang, title: "BUG: hard lockup in {F}", alt: stallAlt, from: fromStall},
	{gate: "stall", expr: `INFO: rcu\w* self-detected stall|RCU detected CPU (?:\d+ )?stall|INFO: rcu\w* (?:detected|self-detected) (?:expedited )?stalls?|INFO: rcu\w* detected stalls|rcu_\w+ (?:self-)?detected (?:expedited )?stall`,
		kind: RCUStall, sev: SevHang, title: "INFO: rcu detected stall in {F}", alt: stallAlt, from: fromStall},
	{gate: "for more than", expr: `INFO: task (?P<comm>.*):(?P<pid>\d+) blocked (?:in I/O wait |on a \w+ )?for more than`, kind: HungTask, sev: SevHang,
		title: "INFO: task hung in {F}", alt: hangAlt, from: fromHang},
	{gate: "can't die for more than", expr: `INFO: task (?P<comm>.*):(?P<pid>\d+) can't die`, kind: HungTask, sev: SevHang,
		title: "INFO: task can't die in {F}", alt: hangAlt, from: fromHang},
	{gate: "BUG: workqueue lockup", kind: Workqueue, sev: SevHang, title: "BUG: workqueue lockup", from: fromNone},
	{gate: "BUG: workqueue leaked", expr: `workqueue leaked (?:lock or atomic|atomic, lock or RCU)`, kind: AtomicSleep, sev: SevWarning, title: "BUG: workqueue leaked lock or atomic in {F}", from: fromLast},
	{gate: "trusty: panic", expr: `trusty: panic .*(?P<what>ASSERT FAILED) at \([^)]*\): ?(?P<cond>.*)`, kind: Panic, sev: SevPanic, title: "trusty: ASSERT FAILED: {cond}", from: fromNone, role: rolePrelude},
	{gate: "unregister_netdevice: waiting for", role: roleAside, kind: HungTask, sev: SevHang, title: "unregister_netdevice: waiting for DEV to become free", from: fromNone},

	// Lockdep and its relatives: kernel/locking/lockdep.c. "[ INFO: … ]" and "[ BUG: … ]" until 4.10.
	{gate: "possible circular locking", expr: `(?:INFO|WARNING): possible circular locking`, kind: Lockdep, sev: SevWarning, title: "possible deadlock in {F}", from: fromLock},
	{gate: "possible recursive locking", expr: `(?:INFO|WARNING)?:? ?possible recursive locking`, kind: Lockdep, sev: SevWarning, title: "possible deadlock in {F}", from: fromLock},
	{gate: "possible irq lock inversion", kind: Lockdep, sev: SevWarning, title: "possible deadlock in {F}", from: fromLock},
	{gate: "lock order detected", expr: `(?:INFO|WARNING): .*-safe -> .*-unsafe lock order`, kind: Lockdep, sev: SevWarning, title: "possible deadlock in {F}", from: fromSafe},
	{gate: "inconsistent lock state", kind: Lockdep, sev: SevWarning, title: "inconsistent lock state in {F}", from: fromLock},
	{gate: "suspicious RCU usage", expr: `(?P<word>INFO|WARNING): suspicious RCU usage`, kind: Lockdep, sev: SevWarning, title: "{word}: suspicious RCU usage in {F}", from: fromTrace},
	{gate: "suspicious rcu_dereference_check", expr: `(?P<word>INFO|WARNING): suspicious rcu`, kind: Lockdep, sev: SevWarning, title: "{word}: suspicious RCU usage in {F}", from: fromTrace},
	{gate: "bad unlock balance", expr: `(?P<word>BUG|WARNING)?:? ?bad unlock balance`, kind: Lockdep, sev: SevWarning, title: "{word|BUG}: bad unlock balance in {F}", from: fromLock},
	{gate: "held lock freed", expr: `(?P<word>BUG|WARNING): held lock freed`, kind: Lockdep, sev: SevWarning, title: "{word}: held lock freed in {F}", from: fromLock},
	{gate: "lock held when returning", expr: `(?P<word>BUG|WARNING): lock held when returning to user space`, kind: Lockdep, sev: SevWarning, title: "{word}: lock held when returning to user space in {F}", from: fromLock},
	{gate: "still has locks held", expr: `(?P<word>BUG|WARNING): .*still has locks held`, kind: Lockdep, sev: SevWarning, title: "{word}: still has locks held in {F}", from: fromLock},
	{gate: "ested lock was not taken", expr: `(?P<word>BUG|WARNING): Nested lock was not taken`, kind: Lockdep, sev: SevWarning, title: "{word}: nested lock was not taken in {F}", from: fromTrace},
	{gate: "trying to register non-static key", kind: Lockdep, sev: SevWarning, title: "INFO: trying to register non-static key in {F}", from: fromTrace},
	{gate: "BUG: MAX_", expr: `BUG: (?P<what>MAX_\w+ too low!)`, kind: Lockdep, sev: SevWarning, title: "BUG: {what}", from: fromNone},

	// Atomic context and locks: kernel/sched/core.c, kernel/locking/spinlock_debug.c, lib/smp_processor_id.c.
	{gate: "scheduling while atomic", expr: `BUG: scheduling while atomic: (?P<comm>.*)/(?P<pid>\d+)/`, kind: AtomicSleep, sev: SevOops, title: "BUG: scheduling while atomic in {F}", from: fromTrace},
	{gate: "scheduling while atomic", kind: AtomicSleep, sev: SevOops, title: "BUG: scheduling while atomic in {F}", from: fromTrace},
	{gate: "sleeping function called from invalid context", kind: AtomicSleep, sev: SevWarning, title: "BUG: sleeping function called from invalid context in {F}", from: fromTrace},
	{gate: "nvalid wait context", expr: `\[ BUG: Invalid wait context \]`, kind: Lockdep, sev: SevWarning, title: "WARNING: locking bug in {F}", from: fromLock},
	{gate: "BUG: using ", expr: `BUG: using (?P<what>[a-z_]+\(\)) in preemptible`, kind: AtomicSleep, sev: SevWarning, title: "BUG: using {what} in preemptible code in {F}", from: fromTrace},
	{gate: "BUG: spinlock ", expr: `BUG: spinlock (?P<what>[a-z ]+?) on CPU`, kind: Lockdep, sev: SevOops, title: "BUG: spinlock {what} in {F}", from: fromTrace},
	{gate: "BUG: rwlock ", expr: `BUG: rwlock[- ](?P<what>[a-z ]+?) on CPU`, kind: Lockdep, sev: SevOops, title: "BUG: rwlock {what} in {F}", from: fromTrace},

	// Memory: mm/page_alloc.c, mm/memory.c, mm/slub.c, mm/kmemleak.c, fs/dcache.c.
	{gate: "BUG: Bad page state", kind: PageState, sev: SevOops, title: "BUG: Bad page state in {F}", from: fromTrace},
	{gate: "Bad page state", expr: `Bad page state (?:at|in process)`, kind: PageState, sev: SevOops, title: "BUG: Bad page state in {F}", from: fromTrace},
	{gate: "BUG: Bad page map", kind: PageState, sev: SevOops, title: "BUG: Bad page map in {F}", from: fromTrace},
	{gate: "BUG: Bad rss-counter state", kind: PageState, sev: SevWarning, title: "BUG: Bad rss-counter state", from: fromNone},
	{gate: "BUG: non-zero pgtables_bytes", kind: PageState, sev: SevWarning, title: "BUG: non-zero pgtables_bytes on freeing mm", from: fromNone},
	{gate: "slab error in ", expr: `slab error in (?P<func>[^ (]+)\(\): cache`, kind: PageState, sev: SevOops, title: "BUG: slab error in {F}", from: fromTrace},
	{gate: "Slab corruption", expr: `^Slab corruption(?: \([^)]*\))?: `, kind: PageState, sev: SevOops, title: "BUG: slab corruption", from: fromNone},
	{gate: "BUG: memory leak", kind: MemoryLeak, sev: SevInfo, title: "memory leak in {F}", from: fromTrace},
	{gate: "unreferenced object 0x", kind: MemoryLeak, sev: SevInfo, title: "memory leak in {F}", from: fromTrace, role: roleDetail},
	{gate: "BUG: Dentry ", expr: `BUG: Dentry .*still in use .*\[unmount`, kind: Bug, sev: SevOops, title: "BUG: Dentry still in use in unmount", alt: "BUG: Dentry still in {F}", from: fromNone},
	{gate: "VFS: Busy inodes after unmount", kind: Other, sev: SevWarning, title: "VFS: Busy inodes after unmount (use-after-free)", from: fromNone},
	{gate: "BUG ", expr: `^BUG (?P<cache>\S+?)(?: \([^)]*\))?: (?P<what>.+)`, kind: PageState, sev: SevOops, title: "BUG: {what}", from: fromNone},

	// Warnings: kernel/panic.c __warn(). The places that have a name of their own are in checkerTitles.
	{gate: "WARNING: ", expr: `WARNING: (?:CPU: (?P<cpu>\d+) PID: (?P<pid>\d+) )?at (?P<src>[^ ]+:\d+) (?P<func>[^ ]+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "WARNING: ", expr: `WARNING: (?:CPU: (?P<cpu>\d+) PID: (?P<pid>\d+) )?at (?P<src>[^ ]+:\d+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}"},
	{gate: "WARNING: ", expr: `WARNING: (?P<src>[^ ]+:\d+) at (?P<func>[^ ,]+)(?: \[[^\]]*\])?(?:, CPU#(?P<cpu>\d+)(?:: (?P<comm>.*)/(?P<pid>\d+))?)?`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "WARNING: ", expr: `WARNING: CPU: (?P<cpu>\d+) PID: (?P<pid>\d+) at (?P<func>[a-zA-Z_][^ ]+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "Badness in ", expr: `^Badness in (?P<func>[^ ]+) at (?P<src>[^ ]+:\d+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "BUG: warning at ", expr: `BUG: warning at (?P<src>[^ ]+:\d+)/(?P<func>[^ (]+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "BUG: at ", expr: `BUG: at (?P<src>[^ ]+:\d+) (?P<func>[^ (]+)`, kind: Warn, sev: SevWarning, title: "WARNING in {F}", from: fromLine},
	{gate: "WARNING: CPU: ", kind: Warn, sev: SevWarning, title: "WARNING in {F}"},
	{gate: "WARNING: kernel stack ", expr: `WARNING: (?P<what>kernel stack (?:regs|frame pointer)) at .* has bad (?P<reg>'\w+' )?value`, kind: Warn, sev: SevWarning, title: "WARNING: {what} has bad {reg}value", from: fromNone},

	// Hardware: arch/x86/kernel/cpu/mce.
	{gate: "Machine Check Exception", kind: MCE, sev: SevOops, title: "Machine Check Exception", from: fromNone},

	// Rust: rust/kernel/lib.rs.
	{gate: "rust_kernel: panicked at", expr: `rust_kernel: panicked at (?P<src>\S+?:\d+)`, kind: Bug, sev: SevOops, title: "{panicmsg} in {F}", from: fromTrace, role: rolePrelude},

	// The fuzzer's own failures, which end its run as a crash would: syz-executor and syz-fuzzer print them.
	{gate: "SYZF", expr: `(?:^|\s)(?P<what>SYZ(?:FAIL|FATAL): .+)`, kind: Other, sev: SevInfo, title: "{what}", from: fromNone, role: roleAside},

	// What the kernel says with these words and nothing else is known about.
	{gate: "BUG: ", opens: true, kind: Bug, sev: SevOops, title: "BUG: {what}", from: fromNone, role: roleWeak},
	{gate: "WARNING: ", opens: true, kind: Warn, sev: SevWarning, title: "WARNING: {what}", from: fromNone, role: roleWeak},
	{gate: "INFO: ", opens: true, kind: Other, sev: SevInfo, title: "INFO: {what}", from: fromNone, role: roleWeak},
}

// never are texts that look like a first line and are none: ordinary messages that have the words.
var never = []string{
	"INFO: lockdep is turned off",
	"INFO: NMI handler",
	"INFO: recovery required",
	"INFO: Slab 0x", "INFO: Object 0x",
	"is blocked on a mutex likely owned by", // more about the hung task that was reported
	"Oops: efitime",
	"ODEBUG: Out of memory",
	"WARNING: The mand mount option", "WARNING: the mand mount option",
	"Speculative Return Stack Overflow",
	"softlockup_panic", "softlockup_all_cpu",
	"oops=panic", "panic_on_oops",
	"Kernel panic in syzkaller", "Boot_DEBUG",
	"Bluetooth: Unable to handle",
	"INFO: rcu_preempt kthread", // a line of a stall report, not its head
	"NMI watchdog: enabled", "NMI watchdog: disabled",
}

// checkerTitles are the places in the kernel whose WARN() or BUG() stands for a checker: the bug is in its caller.
var checkerTitles = []struct{ file, fn, title string }{
	{"lib/refcount.c", "", "WARNING: refcount bug in {F}"},
	{"include/linux/refcount.h", "", "WARNING: refcount bug in {F}"},
	{"lib/kobject.c", "", "WARNING: kobject bug in {F}"},
	{"lib/debugobjects.c", "", "WARNING: ODEBUG bug in {F}"},
	{"kernel/locking/lockdep.c", "", "WARNING: locking bug in {F}"},
	{"kernel/lockdep.c", "", "WARNING: locking bug in {F}"},
	{"fs/proc/generic.c", "", "WARNING: proc registration bug in {F}"},
	{"mm/slab_common.c", "kmalloc_slab", "WARNING: kmalloc bug in {F}"},
	{"mm/util.c", "kvmalloc_node", "WARNING: kmalloc bug in {F}"},
	{"mm/util.c", "__kvmalloc_node_noprof", "WARNING: kmalloc bug in {F}"},
	{"mm/vmalloc.c", "__vmalloc_node_range", "WARNING: zero-size vmalloc in {F}"},
	{"mm/vmalloc.c", "__vmalloc_node_range_noprof", "WARNING: zero-size vmalloc in {F}"},
	{"lib/list_debug.c", "", "BUG: corrupted list in {F}"},
	{"mm/usercopy.c", "", "BUG: bad usercopy in {F}"},
}
