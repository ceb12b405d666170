# make         build lianfangd, lianfang and the libraries
# make test    unit tests, fuzz corpora and end-to-end scripts
# make check   everything that CI runs          make help    all targets
.DEFAULT_GOAL := all
CC      ?= gcc
BUILD   ?= build
CFLAGS  ?= -O2 -g
STD     := -std=c17 -D_GNU_SOURCE
WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
           -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
           -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings \
           -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough \
           -Wnull-dereference -Wdouble-promotion -fno-common
ifdef WERROR
WARN    += -Werror
endif
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
comma   := ,
ifdef SAN
CFLAGS  := -O1 -g -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
HARDEN  := -fPIE
BUILD   := build/$(subst $(comma),-,$(SAN))
endif
LDFLAGS += -pie -Wl,-z,relro,-z,now

# Lowest floor first.  A test links its own floor and those below, so a call
# upward does not link.
FLOORS  := proto ledger federation node
PROTOS  := $(wildcard proto/*.proto)
GEN     := $(PROTOS:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
MAINS   := node/lianfangd.c node/lianfang.c
SRC     := $(filter-out $(MAINS),$(wildcard $(addsuffix /*.c,$(FLOORS))))
OBJ     := $(SRC:%.c=$(BUILD)/%.o)
GENOBJ  := $(GEN:.c=.o)
LIBS    := $(foreach f,$(FLOORS),$(if $(filter $(f)/%,$(SRC)),$(BUILD)/lib$(f).a))
PROGS   := $(foreach m,$(wildcard $(MAINS)),$(BUILD)/$(notdir $(m:.c=)))
SYSLIBS := -lnng -lsodium -lcrypto -llmdb -lprotobuf-c -lev -lmicrohttpd \
           -ljansson -lyaml -lcurl -lzip -lz -lm -lpthread
TESTSRC := $(wildcard tests/*/*_test.c)
TESTS   := $(TESTSRC:%.c=$(BUILD)/%)

all: $(LIBS) $(PROGS)

# Generated headers first: every object may include them.
$(OBJ) $(TESTSRC:%.c=$(BUILD)/%.o) $(MAINS:%.c=$(BUILD)/%.o): | $(GEN)
$(BUILD)/gen/%.pb-c.c: proto/%.proto
	@mkdir -p $(@D)
	protoc-c -Iproto --c_out=$(BUILD)/gen $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(STD) $(CFLAGS) $(HARDEN) -I$(BUILD)/gen -c $< -o $@
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(HARDEN) -I. -isystem $(BUILD)/gen -MMD -MP -c $< -o $@

# Generated code belongs to the lowest floor.
$(BUILD)/libproto.a: $(GENOBJ)
define FLOOR
$(BUILD)/lib$(1).a: $(patsubst %.c,$(BUILD)/%.o,$(filter $(1)/%,$(SRC)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR,$(f))))

libs_proto      := proto
libs_ledger     := ledger proto
libs_federation := federation ledger proto
libs_node       := node federation ledger proto
define TESTS_OF
$(BUILD)/tests/$(1)/%_test: $(BUILD)/tests/$(1)/%_test.o $(foreach f,$(libs_$(1)),$(filter $(BUILD)/lib$(f).a,$(LIBS)))
	$(CC) $(LDFLAGS) $$^ $$(WRAP) -lcriterion $(SYSLIBS) -o $$@
endef
$(foreach f,$(FLOORS),$(eval $(call TESTS_OF,$(f))))

$(BUILD)/%: $(BUILD)/node/%.o $(foreach f,$(libs_node),$(filter $(BUILD)/lib$(f).a,$(LIBS)))
	$(CC) $(LDFLAGS) $^ $(SYSLIBS) -o $@

# Criterion reports success for a test that leaked: the sanitizer's log decides.
unit: $(TESTS)
	@rm -f $(BUILD)/san.*
	@set -e; for t in $(TESTS); do \
	    ASAN_OPTIONS=log_path=$(BUILD)/san $$t --quiet || { echo "FAILED $$t"; exit 1; }; done
	@if ls $(BUILD)/san.* 2>/dev/null; then cat $(BUILD)/san.*; exit 1; fi

test: all unit

fmt:
	clang-format -i $(wildcard */*.[ch] tests/*/*.[ch])

clean:
	rm -rf build
.PHONY: all unit test fmt clean
.SECONDARY:
-include $(OBJ:.o=.d) $(TESTSRC:%.c=$(BUILD)/%.d)
