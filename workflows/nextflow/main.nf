// Scans a genome in parts and gathers them: the bytes of one scan, from any number of machines.
//
//   nextflow run main.nf --genome genome.fa.gz --model ctcf --output ctcf.parquet
//   nextflow run main.nf -process.executor slurm --shards 64 --genome ... --model ... --output ...
//
// The model is a bundled name or a file with its whole path; --scan and --gather hold more options for either command, e.g.
// --scan '--bin 10' --gather '--threshold 0.9'. Index the genome first (samtools faidx): a part that finds no index makes its own.

params.genome = null
params.model = 'ctcf'
params.output = 'ctcf.parquet'
params.outdir = '.'
params.shards = 8
params.scan = ''
params.gather = ''

process SCAN {
    tag "${number}/${params.shards}"
    cpus 2
    memory '1 GB'

    input:
    val number
    path genome // and its indexes, which are read beside it

    output:
    path "${number}.parquet"

    script:
    """
    processive scan ${genome[0]} --model ${params.model} --shard ${number}/${params.shards} --threads ${task.cpus} ${params.scan} -o ${number}.parquet
    """
}

process GATHER {
    publishDir params.outdir, mode: 'copy'

    input:
    path shards

    output:
    path params.output

    script:
    """
    processive gather ${shards} ${params.gather} -o ${params.output}
    """
}

workflow {
    if (!params.genome) {
        error 'which genome? --genome FILE'
    }
    genome = [params.genome, "${params.genome}.fai", "${params.genome}.gzi"].collect { file(it) }.findAll { it.exists() }
    parts = SCAN(Channel.of(1..params.shards), genome)
    GATHER(parts.collect())
}
