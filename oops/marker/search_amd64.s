//go:build amd64 && !noasm

#include "go_asm.h"
#include "textflag.h"

DATA low<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA low<>+8(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low<>(SB), RODATA|NOPTR, $16

// Both functions: SI goes through the text to CX, DX has the tables, DI the result; R8 is the number of the block, BX
// that of the blocks with a bit. A block without one is written, too, and then overwritten: there is no branch.

// GROUPS gives in a and b the first and the other eight groups that have the byte at an offset of SI as a byte of theirs.
// low and high are the tables of that byte for the first groups, others where those for the others begin. It needs Y2,
// Y3 and Y6; high may be Y6.
#define GROUPS(offset, low, high, others, a, b) \
	VMOVDQU offset(SI), Y2; \
	VPSRLW $4, Y2, Y3; \
	VPAND Y15, Y2, Y2; \
	VPAND Y15, Y3, Y3; \
	VPSHUFB Y2, low, a; \
	VPSHUFB Y3, high, Y6; \
	VPAND Y6, a, a; \
	VBROADCASTI128 tables_groups+others(DX), b; \
	VBROADCASTI128 tables_groups+others+16(DX), Y6; \
	VPSHUFB Y2, b, b; \
	VPSHUFB Y3, Y6, Y6; \
	VPAND Y6, b, b

// func masksAVX2(p *byte, n int, t *tables, out *blocks)
TEXT ·masksAVX2(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ t+16(FP), DX
	MOVQ out+24(FP), DI
	XORQ R8, R8
	XORQ BX, BX
	VBROADCASTI128 low<>(SB), Y15
	VPXOR Y14, Y14, Y14
	VBROADCASTI128 tables_groups+0(DX), Y13 // byte 0 of the first eight groups, low nibble
	VBROADCASTI128 tables_groups+16(DX), Y12 // high nibble
	VBROADCASTI128 tables_groups+32(DX), Y11 // byte 1
	VBROADCASTI128 tables_groups+48(DX), Y10
	VBROADCASTI128 tables_groups+64(DX), Y9 // byte 2
	VBROADCASTI128 tables_groups+80(DX), Y8
	VBROADCASTI128 tables_groups+96(DX), Y7 // byte 3; there is no register left for its high nibble
	LEAQ (SI)(CX*1), CX

loop:
	GROUPS(0, Y13, Y12, 128, Y0, Y1)
	GROUPS(1, Y11, Y10, 160, Y4, Y5)
	VPAND Y4, Y0, Y0
	VPAND Y5, Y1, Y1
	GROUPS(2, Y9, Y8, 192, Y4, Y5)
	VPAND Y4, Y0, Y0
	VPAND Y5, Y1, Y1
	VBROADCASTI128 tables_groups+112(DX), Y6
	GROUPS(3, Y7, Y6, 224, Y4, Y5)
	VPAND Y4, Y0, Y0
	VPAND Y5, Y1, Y1

	VPOR Y1, Y0, Y0
	VPCMPEQB Y14, Y0, Y0
	VPMOVMSKB Y0, AX
	XORL R9, R9
	NOTL AX
	MOVQ AX, blocks_bits(DI)(BX*8)
	MOVB R8, blocks_numbers(DI)(BX*1)
	TESTL AX, AX
	SETNE R9
	ADDQ R9, BX
	INCQ R8
	ADDQ $32, SI
	CMPQ SI, CX
	JLT loop
	MOVQ BX, blocks_count(DI)
	VZEROUPPER
	RET

// func masksVBMI(p *byte, n int, t *tables, out *blocks)
TEXT ·masksVBMI(SB), NOSPLIT, $0-32
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ t+16(FP), DX
	MOVQ out+24(FP), DI
	XORQ R8, R8
	XORQ BX, BX
	LEAQ (SI)(CX*1), CX
	VMOVDQU64 tables_sixes+0(DX), Z16
	VMOVDQU64 tables_sixes+64(DX), Z17
	VMOVDQU64 tables_sixes+128(DX), Z18
	VMOVDQU64 tables_sixes+192(DX), Z19
	VMOVDQU64 tables_sixes+256(DX), Z20
	VMOVDQU64 tables_sixes+320(DX), Z21
	VMOVDQU64 tables_sixes+384(DX), Z22
	VMOVDQU64 tables_sixes+448(DX), Z23

sixes:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 1(SI), Z1
	VMOVDQU64 2(SI), Z2
	VMOVDQU64 3(SI), Z3
	VPERMB Z16, Z0, Z4
	VPERMB Z17, Z1, Z5
	VPERMB Z18, Z2, Z6
	VPERMB Z19, Z3, Z7
	VPERMB Z20, Z0, Z8
	VPERMB Z21, Z1, Z9
	VPERMB Z22, Z2, Z10
	VPERMB Z23, Z3, Z11
	VPANDQ Z5, Z4, Z4
	VPANDQ Z9, Z8, Z8
	VPTERNLOGQ $0x80, Z7, Z6, Z4 // and
	VPTERNLOGQ $0x80, Z11, Z10, Z8
	VPORQ Z8, Z4, Z4
	VPTESTMB Z4, Z4, K1
	KMOVQ K1, AX
	XORL R9, R9
	MOVQ AX, blocks_bits(DI)(BX*8)
	MOVB R8, blocks_numbers(DI)(BX*1)
	TESTQ AX, AX
	SETNE R9
	ADDQ R9, BX
	INCQ R8
	ADDQ $64, SI
	CMPQ SI, CX
	JLT sixes
	MOVQ BX, blocks_count(DI)
	VZEROUPPER
	RET
