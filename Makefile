# make         build lianfangd, lianfang and the libraries
# make test    unit tests, fuzz corpora and end-to-end scripts
# make check   everything that CI runs          make help    all targets
ifndef V
.SILENT:
endif
.DEFAULT_GOAL := all
ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
CFLAGS  ?= -O2 -g
STD     := -std=c17 -D_GNU_SOURCE
WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
           -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
           -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings \
           -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough \
           -Wnull-dereference -Wdouble-promotion -fno-common \
           -Wno-overlength-strings
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
# upward does not link.  The domain (node/domain) stands on proto/ alone.
FLOORS  := proto ledger federation node
in_proto      := proto
in_domain     := node/domain
in_ledger     := ledger
in_federation := federation
in_node       := node
ARCHIVES := proto domain ledger federation node
PROTOS  := $(wildcard proto/*.proto)
GEN     := $(PROTOS:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
MAINS   := node/lianfangd.c node/lianfang.c
SRC     := $(filter-out $(MAINS),$(wildcard $(addsuffix /*.c,$(FLOORS) node/domain)))
OBJ     := $(SRC:%.c=$(BUILD)/%.o)
GENOBJ  := $(GEN:.c=.o)
LIBS    := $(ARCHIVES:%=$(BUILD)/lib%.a)
PROGS   := $(foreach m,$(wildcard $(MAINS)),$(BUILD)/$(notdir $(m:.c=)))
OTHER   := -lsodium -lcrypto -llmdb -lprotobuf-c -lev -lmicrohttpd \
           -ljansson -lyaml -lcurl -lqrencode -lzip -lz -lzstd -lm -lpthread
SYSLIBS := -lnng $(OTHER)
# Criterion brings libnanomsg, whose symbols clash with those of a shared nng.
NNG_IN  := -Wl,-Bstatic -lnng -Wl,-Bdynamic -lmbedtls -lmbedx509 -lmbedcrypto \
           -Wl,--exclude-libs,libnng.a
TESTSRC := $(wildcard $(addprefix tests/,$(addsuffix /*_test.c,$(FLOORS))))
TESTS   := $(TESTSRC:%.c=$(BUILD)/%)
SUPOBJ  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SUPPORT := $(BUILD)/libsupport.a
FUZZSUP := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_fuzz.c,$(wildcard tests/fuzz/*.c)))
FUZZERS := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
REPLAYS := $(FUZZERS:%=$(BUILD)/tests/fuzz/%_replay)
DAYSUP  := $(patsubst %,$(BUILD)/tests/support/%.o,plant permit_form temp)
DAY     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/day/*.c))
SIMOBJ  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/sim/main.c,$(wildcard tests/sim/*.c)))
SIMWRAP := $(patsubst %,-Wl$(comma)--wrap=%,store_commit randombytes_buf clock_gettime)
BENCHES := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))
AUXOBJ  := $(TESTS:%=%.o) $(SUPOBJ) $(BUILD)/tests/hunt/search.o $(DAY) $(BENCHES) $(FUZZSUP) \
           $(SIMOBJ) $(BUILD)/tests/sim/main.o \
           $(FUZZERS:%=$(BUILD)/tests/fuzz/%_fuzz.o)
SHIM    := $(BUILD)/fault/shim.so
TURN    := $(BUILD)/fault/wallclock.so
libs_in  = $(foreach f,$(1),$(filter $(BUILD)/lib$(f).a,$(LIBS)))
ALLLIBS := $(call libs_in,node federation ledger domain proto)
SUBMAKE  = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
RUN     := BUILD=$(BUILD) CC="$(CC)" SAN="$(SAN)"

all: $(LIBS) $(PROGS)

# Generated headers first: every object may include them.
$(OBJ) $(AUXOBJ) $(PROGS:$(BUILD)/%=$(BUILD)/node/%.o): | $(GEN)
$(BUILD)/gen/%.pb-c.c: proto/%.proto
	mkdir -p $(@D)
	echo "  GEN $@"
	protoc-c -Iproto --c_out=$(BUILD)/gen $<
# Rule packs become part of the program: name and bytes of each file.
$(BUILD)/gen/packs.inc: $(wildcard node/packs/*.yaml)
	mkdir -p $(@D)
	for f in $^; do printf '{"%s", (const uint8_t[]){' $$f; \
	    od -An -v -tu1 $$f | sed 's/  *\([0-9]\)/,\1/g; 1s/^,//'; \
	    printf '}, %s},\n' $$(wc -c <$$f); done >$@
$(BUILD)/node/packs_file.o: $(BUILD)/gen/packs.inc
$(BUILD)/gen/%.pb-c.h: $(BUILD)/gen/%.pb-c.c
	touch $@
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c | $(GEN)
	echo "  CC  $@"
	$(CC) $(STD) $(CFLAGS) $(HARDEN) -I$(BUILD)/gen -c $< -o $@
$(BUILD)/%.o: %.c
	mkdir -p $(@D)
	echo "  CC  $@"
	$(CC) $(STD) $(WARN) $(CFLAGS) $(HARDEN) -I. -isystem $(BUILD)/gen -MD -MP -c $< -o $@

# Generated code belongs to the lowest floor.
$(BUILD)/libproto.a: $(GENOBJ)
libs_proto      := proto
libs_ledger     := ledger proto
libs_federation := federation ledger proto
libs_node       := node federation ledger domain proto
# An archive: a test takes of it only what its floor can link.
$(SUPPORT): $(SUPOBJ)
	rm -f $@
	$(AR) rcs $@ $^
define ARCHIVE
$(BUILD)/lib$(1).a: $(patsubst %.c,$(BUILD)/%.o,$(filter $(wildcard $(in_$(1))/*.c),$(SRC)))
	rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach a,$(ARCHIVES),$(eval $(call ARCHIVE,$(a))))
# A test that defines __wrap_f is linked with --wrap=f: it fails f on demand.
define FLOOR
$(BUILD)/tests/$(1)/%_test: $(BUILD)/tests/$(1)/%_test.o $(SUPPORT) $(call libs_in,$(libs_$(1)))
	echo "  LD  $$@"
	$(CC) $(LDFLAGS) $$^ $$$$(sed -n 's/^__wrap_\([a-z0-9_]*\)(.*/-Wl,--wrap=\1/p' tests/$(1)/$$*_test.c) \
	    $(NNG_IN) -lcriterion $(OTHER) -o $$@
endef
$(foreach f,$(FLOORS),$(eval $(call FLOOR,$(f))))

$(BUILD)/tests/federation/sim_law_test: $(BUILD)/tests/federation/sim_law_test.o $(SIMOBJ) $(SUPPORT) $(call libs_in,$(libs_federation))
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $(SIMWRAP) $^ $(NNG_IN) -lcriterion $(OTHER) -o $@

$(PROGS): $(BUILD)/%: $(BUILD)/node/%.o $(ALLLIBS)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $^ $(SYSLIBS) -o $@
$(REPLAYS): $(BUILD)/tests/fuzz/%_replay: $(BUILD)/tests/fuzz/%_fuzz.o $(FUZZSUP) $(SUPPORT) $(ALLLIBS)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $^ $(SYSLIBS) -o $@
$(BUILD)/bench: $(BENCHES) $(SUPPORT) $(ALLLIBS)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $^ $(SYSLIBS) -o $@
# Of the support only what needs no test framework: the demo builds it, too.
$(BUILD)/day: $(DAY) $(DAYSUP) $(ALLLIBS)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) -Wl,--wrap=fdatasync $^ $(SYSLIBS) -o $@
$(BUILD)/sim: $(BUILD)/tests/sim/main.o $(SIMOBJ) $(SUPPORT) $(call libs_in,federation ledger proto)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $(SIMWRAP) $^ $(SYSLIBS) -o $@
$(BUILD)/hunt: $(BUILD)/tests/hunt/search.o $(SUPPORT) $(ALLLIBS)
	echo "  LD  $@"
	$(CC) $(LDFLAGS) $^ $(SYSLIBS) -o $@

# Preloaded into a node: as plain as can be, whatever SAN says.
$(SHIM): $(wildcard tests/fault/shim*.c tests/fault/shim*.h)
	mkdir -p $(@D)
	echo "  LD  $@"
	$(CC) $(STD) $(WARN) -O2 -g -fPIC -shared -I. $(filter %.c,$^) -o $@
$(TURN): tests/fault/wallclock.c
	mkdir -p $(@D)
	echo "  LD  $@"
	$(CC) $(STD) $(WARN) -O2 -g -fPIC -shared $< -o $@

# Each of these leaves its count in $(BUILD)/results and prints it.
unit: $(TESTS)
	$(RUN) tests/check/unit.sh $(TESTS)
fuzz-replay: $(REPLAYS)
	$(RUN) tests/check/replay.sh $(REPLAYS)
e2e: all foreign fault $(BUILD)/hunt $(BUILD)/day
	$(RUN) tests/e2e/run.sh $(ONLY)
foreign:
	tests/foreign/build.sh
fault: $(SHIM) $(TURN)
	$(RUN) tests/fault/build.sh
crash power failing full power-cut retain links: all fault
	$(BUILD)/fault/fault $@ -build $(BUILD) $(FAULT_ARGS)
crash:     FAULT_ARGS = -kills $(or $(KILLS),1000)
power:     FAULT_ARGS = -images $(or $(IMAGES),0)
failing:   FAULT_ARGS = -faults $(or $(FAULTS),0)
power-cut: FAULT_ARGS = -cuts $(or $(CUTS),10)
retain:    FAULT_ARGS = -kills $(or $(KILLS),100) -faults $(or $(FAULTS),60) -images $(or $(IMAGES),60)
links:     FAULT_ARGS = -seconds $(or $(SECONDS),600)
foreign-test: foreign
	build/foreign -selftest

everything: all $(TESTS) $(REPLAYS) $(SHIM) $(TURN) $(BUILD)/hunt $(BUILD)/day $(BUILD)/sim $(if $(BENCHES),$(BUILD)/bench)
test:
	sh deploy/setup.sh build demo test
	$(SUBMAKE) test-run
test-run:
	rm -rf $(BUILD)/results
	$(SUBMAKE) all foreign fault $(BUILD)/hunt $(BUILD)/day $(TESTS) $(REPLAYS)
	bad=0; for t in unit fuzz-replay e2e; do $(SUBMAKE) $$t || bad=1; done; \
	    tests/check/sum.sh $(BUILD)/results && exit $$bad
check:
	sh deploy/setup.sh build demo test check
	$(RUN) tests/check/all.sh

fmt:
	clang-format -i $(wildcard */*.[ch] node/domain/*.[ch] tests/*/*.[ch])
	gofmt -w tests/foreign tests/abuse tests/fault tests/hook
fmt-check:
	clang-format --dry-run -Werror $(wildcard */*.[ch] node/domain/*.[ch] tests/*/*.[ch])
	! gofmt -l tests/foreign tests/abuse tests/fault tests/hook | grep .
lint: $(GEN)
	$(RUN) STD="$(STD)" tests/check/lint.sh
symbols: $(OBJ)
	tests/check/symbols.sh $(OBJ)
limits:
	tests/check/limits.sh
	tests/check/texts.sh
layers: $(LIBS)
	$(RUN) tests/check/layers.sh "$(SYSLIBS)" $(LIBS)

# TIME= seconds per target, ONLY= one target.
fuzz: $(GEN) $(BUILD)/gen/packs.inc
	$(RUN) STD="$(STD)" SYSLIBS="$(SYSLIBS)" tests/fuzz/run.sh $(or $(TIME),60) $(or $(ONLY),$(FUZZERS))
# Every change of every byte; `make unit` tries a part of them.
mutate: $(BUILD)/tests/ledger/verify_touch_test
	MUTATE=1 $< --verbose
# Votes of MEMBERS= members at most, all of them; CASES= histories with liars.
council: $(BUILD)/tests/federation/tally_test $(BUILD)/tests/federation/council_law_test
	COUNCIL_MEMBERS=$(or $(MEMBERS),7) $< --verbose
	CHANCE_CASES=$(or $(CASES),2000) $(BUILD)/tests/federation/council_law_test --verbose
# One history of a simulated alliance, or RUNS= of them from SEED= on.  TRACE=1
# each event, BUG= a fault of the hosts.  SCALE=1: MEMBERS= sizes, how it grows.
sim: $(BUILD)/sim
	$(BUILD)/sim $(if $(SCALE),$(patsubst %,-m %,$(or $(MEMBERS),10 30 100))) -s $(or $(SEED),1) -n $(or $(NODES),0) -h $(or $(HOURS),0) -r $(or $(RUNS),1) \
	    -b $(or $(BUG),0) $(if $(TRACE),-t)
# gcov after unit tests, corpora and scripts; the table ends in the sums.
cover:
	$(SUBMAKE) BUILD=build/cover CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage test-run
	tests/check/cover.sh build/cover
.PHONY: mutate cover council sim
bench: all $(BUILD)/bench
	$(RUN) $(BUILD)/bench -o build/bench.json $(ONLY)
# DIR= of the node that is left.
day: all $(BUILD)/day
	@test -n "$(DIR)" || { echo "day: make day DIR=a-new-directory" >&2; exit 2; }
	mkdir -p "$(DIR)"
	$(BUILD)/day "$(DIR)"
# A peer that cannot be installed is skipped by name.
bench-peers: all
	sh deploy/setup.sh peers || true
	$(RUN) tests/peers/run.sh $(ONLY)

demo:
	sh deploy/setup.sh build demo
	$(SUBMAKE) all $(BUILD)/day
	$(RUN) bash deploy/demo.sh start
demo-stop:
	bash deploy/demo.sh stop

clean:
	rm -rf build
help:
	cat deploy/targets.txt

.PHONY: all everything unit fuzz-replay e2e foreign foreign-test test test-run check fmt fmt-check lint symbols \
        limits layers fuzz bench bench-peers day demo demo-stop clean help
.PHONY: fault crash power failing full power-cut retain links
.SECONDARY:
-include $(OBJ:.o=.d) $(AUXOBJ:.o=.d) $(PROGS:$(BUILD)/%=$(BUILD)/node/%.d)
